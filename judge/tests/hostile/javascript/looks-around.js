// expect: accepted
const { existsSync, readFileSync } = require('fs');
const net = require('net');
const seen = ['/etc/passwd', '/root', '/home', '/sys', '/var', '/proc/1/root/etc'].filter((path) => existsSync(path));
for (const path of ['/proc/1/environ', '/proc/1/mem', '/proc/1/maps']) {
    try { readFileSync(path); seen.push(path); } catch {}
}
const unknown = Object.keys(process.env).filter((name) => !['PATH', 'HOME', 'LANG', 'PWD'].includes(name));
const socket = net.connect(80, '169.254.169.254');
socket.on('error', () => console.log(seen.length + unknown.length ? [seen, unknown] : 'contained'));
socket.on('connect', () => console.log('reached'));
