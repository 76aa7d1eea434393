const fs = require("fs");
const folders = ["/usr/share/nodejs", "/usr/lib/node_modules", "/usr/local/lib/node_modules"];
const folder = folders.map((name) => name + "/typescript").find((name) => fs.existsSync(name + "/lib/tsc.js"));
if (!folder) {
    console.error("no typescript in " + folders.join(", ") + ": npm install --global typescript");
    process.exit(1);
}
console.log(JSON.parse(fs.readFileSync(folder + "/package.json", "utf8")).version);
console.log(fs.realpathSync(folder));
