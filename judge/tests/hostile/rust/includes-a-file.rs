// expect: compile_error
fn main() {
    print!("{}", include_str!("/etc/passwd"));
}
