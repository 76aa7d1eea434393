// expect: memory_limit, runtime_error, time_limit
package main

func main() {
	for {
		go func() { select {} }()
	}
}
