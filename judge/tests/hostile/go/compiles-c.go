// C in Go would be another compiler, with flags of a learner's.
// expect: compile_error
package main

// #cgo CFLAGS: -fplugin=./evil.so
// #include "/etc/shadow"
import "C"

func main() { C.puts(nil) }
