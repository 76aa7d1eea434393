"""Makes aws_schema.json: of every resource and data source that infra/ names, each argument, its type, whether it must be
given, and what can be read of it.

The source is the jsii assembly in the PyPI wheel of CDK for Terraform's AWS provider, which HashiCorp generated from the
provider's own schema. What it does not tell, and the extract therefore does not either: whether nested blocks are a list or a
set, whether an argument that may be left out is then computed, and which values a string may have.

Run it after using a resource for the first time: python3 deploy/proof/terraform/make_schema.py
"""

import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

WHEEL = "cdktf-cdktf-provider-aws==21.22.1"
HERE = Path(__file__).parent
INFRA = HERE.parents[2] / "infra"
SCHEMA = HERE / "aws_schema.json"
PACKAGE = "@cdktf/provider-aws."
PRIMITIVES = {"string": "string", "number": "number", "boolean": "bool"}
MAPS = {"cdktf.StringMap": "string", "cdktf.NumberMap": "number", "cdktf.BooleanMap": "bool"}


def used(infra: Path) -> dict[str, set[str]]:
    """The AWS resources and data sources that the files name."""
    found = {"resource": set(), "data": set()}
    for path in infra.rglob("*.tf"):
        for kind, name in re.findall(r'^\s*(resource|data)\s+"(aws_\w+)"', path.read_text(), re.MULTILINE):
            found[kind].add(name)
    return found


def download(folder: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), WHEEL], check=True
    )
    return next(folder.glob("*.whl"))


def assembly(wheel: Path) -> dict:
    """The assembly is a file in an npm package in the wheel."""
    with zipfile.ZipFile(wheel) as outer:
        name = next(name for name in outer.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(outer.read(name))) as inner:
            return json.load(inner.extractfile("package/.jsii"))["types"]


class Extract:
    def __init__(self, types: dict):
        self.types = types
        self.classes = {"resource": {}, "data": {}}
        self.version = None
        link = re.compile(r"registry\.terraform\.io/providers/hashicorp/aws/([\d.]+)/docs/(resources|data-sources)/\S+ (aws_\w+)}")
        for name, kind in types.items():
            match = link.search(kind.get("docs", {}).get("summary", ""))
            if kind["kind"] == "class" and match:
                self.version = match[1]
                self.classes["resource" if match[2] == "resources" else "data"][match[3]] = name

    def resource(self, kind: str, name: str) -> dict:
        fqn = self.classes[kind].get(name)
        if fqn is None:
            raise SystemExit(f"{kind} {name} is not in {WHEEL}")
        return self.block(fqn + "Config", fqn)

    def provider(self) -> dict:
        fqn = PACKAGE + "provider.AwsProvider"
        return self.block(fqn + "Config", None)

    def block(self, config: str, reader: str | None) -> dict:
        """A block's arguments, from the interface that sets them, and what else can be read, from the class that reads."""
        attributes, blocks = {}, {}
        for property_ in self.properties(config):
            name = argument_name(property_)
            required = not property_.get("optional", False)
            type_ = property_["type"]
            struct, many = self.struct(type_)
            if struct and is_block(property_):
                inner = {"required": required, "max": None if many else 1, **self.block(struct, self.reader(struct))}
                if name == "timeouts":
                    inner["single"] = True
                blocks[name] = inner
            else:
                attributes[name] = {"type": self.type(type_), "required": required}
        for property_ in self.properties(reader) if reader else []:
            name = snake_case(property_["name"])
            own = property_.get("immutable") and not property_["name"].endswith("Input")
            if own and name not in attributes and name not in blocks and name not in ("tf_resource_type", "fqn"):
                attributes[name] = {"type": self.type(property_["type"]), "computed": True}
        return {"attributes": attributes, "blocks": blocks}

    def properties(self, fqn: str) -> list[dict]:
        kind = self.types[fqn]
        return [p for p in kind.get("properties", []) if not p.get("static") and p["name"] != "internalValue"]

    def reader(self, struct: str) -> str | None:
        name = struct + "OutputReference"
        return name if name in self.types else None

    def struct(self, type_: dict) -> tuple[str | None, bool]:
        """The interface behind an argument, if it has one, and whether there can be many."""
        if "union" in type_:
            for member in type_["union"]["types"]:
                found = self.struct(member)
                if found[0]:
                    return found
            return None, False
        if "collection" in type_ and type_["collection"]["kind"] == "array":
            return self.struct(type_["collection"]["elementtype"])[0], True
        fqn = type_.get("fqn", "")
        return (fqn, False) if fqn.startswith(PACKAGE) and self.types[fqn]["kind"] == "interface" else (None, False)

    def type(self, type_: dict) -> object:
        """The type as Terraform spells it."""
        if "primitive" in type_:
            return PRIMITIVES.get(type_["primitive"], "dynamic")
        if "union" in type_:
            known = [self.type(member) for member in type_["union"]["types"] if member.get("fqn") != "cdktf.IResolvable"]
            return known[0]
        if "collection" in type_:
            inner = self.type(type_["collection"]["elementtype"])
            return ["list" if type_["collection"]["kind"] == "array" else "map", inner]
        fqn = type_["fqn"]
        if fqn in MAPS:
            return ["map", MAPS[fqn]]
        if not fqn.startswith(PACKAGE):
            return "dynamic"
        if fqn.endswith("List"):
            return ["list", self.object(fqn.removesuffix("List") + "OutputReference")]
        if fqn.endswith("Map"):
            return ["map", self.object(fqn.removesuffix("Map") + "OutputReference")]
        return self.object(fqn)

    def object(self, fqn: str) -> object:
        fields = {}
        for property_ in self.properties(fqn):
            if not property_["name"].endswith("Input"):
                fields[snake_case(property_["name"])] = self.type(property_["type"])
        return ["object", fields]


def argument_name(property_: dict) -> str:
    """The documentation's link ends in the argument's own name."""
    docs = property_.get("docs", {})
    link = re.search(r"#(\w+) \w+#\w+}", docs.get("remarks", "") + docs.get("summary", ""))
    return link[1] if link else snake_case(property_["name"])


def is_block(property_: dict) -> bool:
    return property_.get("docs", {}).get("summary", "").endswith(" block.")


def snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def extract(types: dict, names: dict[str, set[str]]) -> dict:
    source = Extract(types)
    return {
        "source": WHEEL,
        "provider_version": source.version,
        "provider": source.provider(),
        "resources": {name: source.resource("resource", name) for name in sorted(names["resource"])},
        "data_sources": {name: source.resource("data", name) for name in sorted(names["data"])},
    }


def lines(schema: dict) -> str:
    """JSON with one resource a line, so that a change shows as what it is."""
    parts = []
    for key, value in schema.items():
        if key in ("resources", "data_sources"):
            members = ",\n".join(f"{json.dumps(name)}: {json.dumps(value[name], sort_keys=True)}" for name in value)
            parts.append(f"{json.dumps(key)}: {{\n{members}\n}}")
        else:
            parts.append(f"{json.dumps(key)}: {json.dumps(value, sort_keys=True)}")
    return "{\n" + ",\n".join(parts) + "\n}"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        wheel = Path(sys.argv[1]) if len(sys.argv) > 1 else download(Path(folder))
        types = assembly(wheel)
    schema = extract(types, used(INFRA))
    SCHEMA.write_text(lines(schema) + "\n")
    print(f"{len(schema['resources'])} resources, {len(schema['data_sources'])} data sources of provider {schema['provider_version']}")


if __name__ == "__main__":
    main()
