// expect: compile_error
/// <reference path="/etc/passwd" />
import stolen = require('/etc/shadow');
console.log(stolen);
