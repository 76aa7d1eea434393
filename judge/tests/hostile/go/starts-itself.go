// expect: accepted, time_limit, memory_limit, runtime_error
package main

import (
	"fmt"
	"os"
	"os/exec"
)

func main() {
	for i := 0; i < 100; i++ {
		if exec.Command("/proc/self/exe").Start() != nil {
			break
		}
	}
	if len(os.Args) > 5 {
		return
	}
	fmt.Println("contained")
}
