// expect: accepted
package main

import (
	"fmt"
	"net"
	"time"
)

func main() {
	for _, address := range []string{"169.254.169.254:80", "127.0.0.1:4222", "[::1]:5432"} {
		if _, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			fmt.Println("reached", address)
		}
	}
	fmt.Println("contained")
}
