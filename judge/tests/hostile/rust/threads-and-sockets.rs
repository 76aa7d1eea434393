// expect: accepted
use std::net::{TcpListener, TcpStream, UdpSocket};
fn main() {
    let out = TcpStream::connect("169.254.169.254:80").is_ok()
        || TcpListener::bind("127.0.0.1:0").is_ok()
        || UdpSocket::bind("0.0.0.0:0").is_ok();
    println!("{}", if out { "out" } else { "contained" });
}
