// expect: compile_error
#[path = "/etc/shadow"]
mod stolen;
fn main() {}
