"""What IAM policies say, read from the text: each statement names what it allows, on what, and to whom."""

import re

import hcl2
import pytest
from terraform_cli import INFRA

# Actions that only look; AWS knows no finer resource for most of them.
LOOKS = re.compile(r"^[\w-]+:(Describe|List|Get)\w*\*?$")
# Actions on `*` that are no look: a token for the registry is nobody's in particular.
ANYWHERE = {"ecr:GetAuthorizationToken"}
# A key's own policy: there `*` is the key.
KEY_POLICY = "modules/key/main.tf"


def documents():
    """Every policy document with its file, its name and its statements."""
    for path in sorted(INFRA.rglob("*.tf")):
        parsed = hcl2.loads(path.read_text())
        for data in parsed.get("data", []):
            for name, body in data.get("aws_iam_policy_document", {}).items():
                statements = list(body.get("statement", []))
                for dynamic in body.get("dynamic", []):
                    statements += [one for block in dynamic.values() for one in block["content"]]
                yield str(path.relative_to(INFRA)), name, statements


DOCUMENTS = list(documents())


def one(value):
    """This version of the parser wraps every value in a list."""
    return value[0] if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list) else value


def said(statement, field):
    value = one(statement.get(field, []))
    return value if isinstance(value, list) else [value]


def sids(statements):
    return [str(said(statement, "sid")[0]) for statement in statements if said(statement, "sid")]


@pytest.mark.parametrize(("file", "name", "statements"), DOCUMENTS, ids=[f"{file}: {name}" for file, name, _ in DOCUMENTS])
def test_a_policy_is_narrow(file, name, statements):
    assert statements, "it says nothing"
    names = [sid for sid in sids(statements) if "." not in sid]
    assert len(names) == len(set(names)) and all(re.fullmatch(r"[A-Za-z0-9]+", sid) for sid in names), names
    for statement in statements:
        denies = "Deny" in said(statement, "effect")
        actions, resources = said(statement, "actions"), said(statement, "resources")
        assert actions, statement
        if denies or file == KEY_POLICY:
            continue
        assert all("*" not in action or LOOKS.match(action) for action in actions), (name, actions)
        if resources == ["*"]:
            assert all(LOOKS.match(action) or action in ANYWHERE for action in actions), (name, actions)
        for principal in said(statement, "principals"):
            assert said(principal, "identifiers") != ["*"], (name, principal)
        if not statement.get("principals"):
            assert resources, (name, statement)


def test_only_services_and_identity_providers_assume_roles():
    trusts = [(file, name, statement) for file, name, statements in DOCUMENTS for statement in statements if name.endswith("trust")]
    assert len(trusts) >= 8
    for file, name, statement in trusts:
        for principal in said(statement, "principals"):
            kind = said(principal, "type")[0]
            assert kind in ("Service", "Federated"), (file, name)
            if kind == "Federated":
                # Whose job it is must be said exactly: `StringLike` would let a branch's name decide.
                tests = [said(condition, "test")[0] for condition in said(statement, "condition")]
                assert tests == ["StringEquals", "StringEquals"], (file, name)


def test_every_trust_of_a_pod_names_its_service_account():
    (statement,) = next(statements for file, name, statements in DOCUMENTS if (file, name) == ("modules/identity/main.tf", "trust"))
    variables = {said(condition, "variable")[0] for condition in said(statement, "condition")}
    assert variables == {
        "aws:SourceAccount",
        "aws:RequestTag/eks-cluster-name",
        "aws:RequestTag/kubernetes-namespace",
        "aws:RequestTag/kubernetes-service-account",
    }


def test_nobody_but_restore_reads_backups_and_nobody_deletes_them():
    allowed = {
        name: {action for statement in statements for action in said(statement, "actions")}
        for file, name, statements in DOCUMENTS
        if file.startswith("modules/identity/")
    }
    assert "s3:GetObject" in allowed["restore"]
    assert all("s3:GetObject" not in actions for name, actions in allowed.items() if name != "restore")
    assert all(not action.startswith("s3:Delete") for actions in allowed.values() for action in actions)


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ('actions   = ["s3:ListBucket"]', 'actions   = ["s3:*"]'),
        ('actions   = ["s3:GetObject", "s3:GetObjectVersion"]\n    resources = ["${var.backups_bucket_arn}/*"]', 'actions   = ["s3:PutObject"]\n    resources = ["*"]'),
        ('sid       = "Find"', 'sid       = "find-it"'),
        ('sid       = "Find"', 'sid       = "Read"'),
        ('    resources = [var.backups_bucket_arn]\n', ''),
    ],
)
def test_a_planted_mistake_is_found(tmp_path, monkeypatch, text, mistake):
    source = (INFRA / "modules/identity/policies.tf").read_text()
    assert text in source
    (tmp_path / "policies.tf").write_text(source.replace(text, mistake))
    monkeypatch.setattr("test_policies.INFRA", tmp_path)
    statements = next(statements for _, name, statements in documents() if name == "restore")
    with pytest.raises(AssertionError):
        test_a_policy_is_narrow("policies.tf", "restore", statements)
