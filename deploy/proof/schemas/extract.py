"""Makes the JSON Schemas beside this file from the type declarations of the npm packages @kubernetes-models/*, which are
generated from the projects' own custom resource definitions. Unknown fields are refused, as the API server refuses them.

Run it in an empty folder, where it fetches the packages with npm:  python3 extract.py
"""

import json
import pathlib
import re
import subprocess
import tarfile

HERE = pathlib.Path(__file__).parent
# package@version: kinds, as group/version/kind.
SOURCES = {
    "@kubernetes-models/argo-cd@4.0.0": ["argoproj.io/v1alpha1/Application", "argoproj.io/v1alpha1/AppProject"],
    "@kubernetes-models/cert-manager@6.0.0": ["cert-manager.io/v1/Certificate", "cert-manager.io/v1/ClusterIssuer"],
    "@kubernetes-models/external-secrets@2.0.0": [
        "external-secrets.io/v1/ExternalSecret",
        "external-secrets.io/v1/ClusterSecretStore",
    ],
    "@kubernetes-models/keda@2.0.0": ["keda.sh/v1alpha1/ScaledObject"],
    "@kubernetes-models/prometheus-operator@6.0.0": [
        "monitoring.coreos.com/v1/ServiceMonitor",
        "monitoring.coreos.com/v1/PrometheusRule",
    ],
}
# Branches nobody here uses and that would make up most of the size. What is not in a schema is refused.
LEFT_OUT = {
    "ClusterSecretStore": lambda path: len(path) == 3 and path[:2] == ("spec", "provider") and path[2] != "aws",
    "ClusterIssuer": lambda path: path == ("spec", "acme") or path == ("spec", "vault") or path == ("spec", "venafi"),
}
TOKEN = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")|([A-Za-z_$][\w$.]*)|(-?\d+(?:\.\d+)?)|(.))', re.S)


class Types:
    """The declarations of one file, and those it imports."""

    def __init__(self, file):
        text = re.sub(r"/\*.*?\*/|//[^\n]*", "", file.read_text(), flags=re.S)
        self.file = file
        self.imports = {}
        for names, source in re.findall(r'import \{([^}]*)\} from "([^"]*)"', text):
            for name in names.split(","):
                self.imports[name.split(" as ")[-1].strip()] = source
        self.aliases = dict(re.findall(r"(\w+) as (\w+)", text))
        self.aliases = {alias: name for name, alias in self.aliases.items()}
        self.text = text

    def extended(self, name):
        name = self.aliases.get(name, name)
        found = re.search(r"export interface %s extends ([\w, ]+) \{" % re.escape(name), self.text)
        names = [part.strip() for part in found.group(1).split(",")] if found else []
        return [part for part in names if part != "TypeMeta"]

    def declaration(self, name):
        name = self.aliases.get(name, name)
        found = re.search(r"export interface %s(?: extends [\w, ]+)? (\{)" % re.escape(name), self.text)
        if found:
            return self.text[found.start(1):]
        found = re.search(r"export type %s = ([^;]*);" % re.escape(name), self.text)
        return found.group(1) if found else None


class Reader:
    def __init__(self, types, left_out):
        self.types, self.left_out = types, left_out

    def schema(self, name, path=()):
        if name in ("string", "number", "boolean", "object"):
            return {"type": name}
        if name in ("any", "unknown"):
            return {}
        if name in ("true", "false"):
            return {"const": name == "true"}
        if name == "null":
            return {"type": "null"}
        source = self.types.imports.get(name)
        if source is None and self.types.declaration(name) is None:
            raise ValueError(f"{name} in {self.types.file} is unknown")
        if source and not source.startswith("."):
            # What is Kubernetes' own. Its parts here are strings, numbers and selectors.
            return {} if not name.endswith("IntOrString") else {"type": ["string", "number"]}
        file = self.types.file
        if source:
            file = (file.parent / source.removesuffix(".js")).with_suffix(".d.ts")
        types = Types(file)
        declaration = types.declaration(name)
        if declaration is None:
            raise ValueError(f"{name} is not in {file}")
        tokens = [token for token in TOKEN.findall(declaration) if any(token)]
        reader = Reader(types, self.left_out)
        found = Parser(tokens, reader).union(path)
        for base in types.extended(name):
            base = reader.schema(base, path)
            found["properties"] = {**base.get("properties", {}), **found.get("properties", {})}
            if base.get("required"):
                found["required"] = found.get("required", []) + base["required"]
        return found


class Parser:
    def __init__(self, tokens, reader):
        self.tokens, self.reader, self.at = tokens, reader, 0

    def peek(self):
        return "".join(self.tokens[self.at]) if self.at < len(self.tokens) else ""

    def take(self, wanted=None):
        token = self.peek()
        if wanted and token != wanted:
            raise ValueError(f"{token!r} where {wanted!r} should be, in {self.reader.types.file}")
        self.at += 1
        return token

    def union(self, path):
        options = [self.single(path)]
        while self.peek() == "|":
            self.take()
            options.append(self.single(path))
        options = [option for option in options if option != {"type": "null"}] or options
        if len(options) == 1:
            return options[0]
        if all(set(option) == {"const"} for option in options):
            return {"enum": [option["const"] for option in options]}
        return {"anyOf": options}

    def single(self, path):
        token = self.take()
        if token == "{":
            found = self.object(path)
        elif token == "(":
            found = self.union(path)
            self.take(")")
        elif token == "Array":
            self.take("<")
            found = {"type": "array", "items": self.union(path + ("[]",))}
            self.take(">")
        elif token.startswith('"'):
            found = {"const": json.loads(token)}
        elif re.match(r"-?\d", token):
            found = {"const": float(token) if "." in token else int(token)}
        else:
            found = self.reader.schema(token, path)
        while self.peek() == "[":
            self.take()
            self.take("]")
            found = {"type": "array", "items": found}
        return found

    def object(self, path):
        properties, required, others = {}, [], False
        while self.peek() != "}":
            if self.peek() == "[":
                while self.take() != "]":
                    pass
                self.take(":")
                others = self.union(path + ("*",))
            else:
                name = self.take()
                name = json.loads(name) if name.startswith('"') else name
                optional = self.peek() == "?"
                if optional:
                    self.take()
                self.take(":")
                value = self.union(path + (name,))
                if path + (name,) != ("status",) and not self.reader.left_out(path + (name,)):
                    properties[name] = value
                    required += [] if optional else [name]
            if self.peek() == ";":
                self.take()
        self.take("}")
        found = {"type": "object", "additionalProperties": others}
        if properties:
            found["properties"] = properties
        if required:
            found["required"] = required
        return found


def unpacked(package):
    name = subprocess.run(["npm", "pack", "--silent", package], check=True, capture_output=True, text=True).stdout.strip()
    folder = pathlib.Path(name).with_suffix("")
    with tarfile.open(name) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def main():
    for package, kinds in SOURCES.items():
        folder = unpacked(package)
        for kind in kinds:
            file = folder / f"{kind}.d.ts"
            name = kind.rsplit("/", 1)[-1]
            schema = Reader(Types(file), LEFT_OUT.get(name, lambda _: False)).schema(f"I{name}")
            schema["properties"]["metadata"] = {"type": "object"}
            schema = {"$comment": f"From {package} of the npm registry, by extract.py.", **schema}
            target = HERE / (kind.lower().replace("/", "_") + ".json")
            target.write_text(json.dumps(schema, sort_keys=True, separators=(",", ":")) + "\n")
            print(target.name, target.stat().st_size)


if __name__ == "__main__":
    main()
