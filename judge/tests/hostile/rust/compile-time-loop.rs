// expect: compile_error
const FOREVER: u64 = {
    let mut i: u64 = 0;
    loop {
        i = i.wrapping_add(1);
    }
};
fn main() {
    println!("{FOREVER}");
}
