"""What has to be true of everything that Terraform would make. Each rule takes a plan (resources by address) and says what is
wrong with it; nothing is wrong if it says nothing."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator

Plan = dict[str, dict]
Rule = Callable[[Plan], Iterator[str]]

GROUPS = {"application", "broker", "judge", "argocd", "monitoring"}
LOGS = {"api", "audit", "authenticator", "controllerManager", "scheduler"}
ADD_ONS = {"vpc-cni", "coredns", "kube-proxy", "aws-ebs-csi-driver", "eks-pod-identity-agent", "metrics-server"}
STATIC = {"aws_iam_user", "aws_iam_access_key", "aws_iam_user_login_profile", "aws_secretsmanager_secret_version", "aws_key_pair"}
TOO_MUCH = {"AdministratorAccess", "PowerUserAccess", "IAMFullAccess", "ReadOnlyAccess"}
ANYWHERE = {"0.0.0.0/0", "::/0"}


def of(plan: Plan, *types: str) -> Iterator[tuple[str, dict]]:
    return ((address, resource) for address, resource in plan.items() if resource["type"] in types)


def first(resource: dict, block: str) -> dict:
    """A block of which there can be one: empty if it is not there."""
    found = resource.get(block) or [{}]
    return found[0]


def nodes_are_labelled_and_tainted(plan: Plan) -> Iterator[str]:
    workloads = set()
    for address, group in of(plan, "aws_eks_node_group"):
        workload = (group.get("labels") or {}).get("workload")
        taint = {"key": "workload", "value": workload, "effect": "NO_SCHEDULE"}
        workloads.add(workload)
        if group.get("taint") != [taint]:
            yield f"{address} has not exactly the taint of its label: {group.get('taint')}"
    if workloads and workloads != GROUPS:
        yield f"node groups are for {sorted(map(str, workloads))}"


def only_judges_are_spot(plan: Plan) -> Iterator[str]:
    for address, group in of(plan, "aws_eks_node_group"):
        if group["capacity_type"] != "ON_DEMAND" and group["labels"]["workload"] != "judge":
            yield f"{address} is {group['capacity_type']}"


def metadata_asks_for_a_token_and_stays_on_the_node(plan: Plan) -> Iterator[str]:
    for address, machine in of(plan, "aws_launch_template", "aws_instance"):
        options = first(machine, "metadata_options")
        if (options.get("http_tokens"), options.get("http_put_response_hop_limit")) != ("required", 1):
            yield f"{address} answers {options.get('http_tokens')}, hop limit {options.get('http_put_response_hop_limit')}"


def disks_are_encrypted(plan: Plan) -> Iterator[str]:
    for address, template in of(plan, "aws_launch_template"):
        # The provider has this flag as a string.
        disks = [first(device, "ebs") for device in template.get("block_device_mappings") or []]
        if not disks or any(str(disk.get("encrypted")).lower() != "true" for disk in disks):
            yield f"{address} has a disk that is not encrypted"
    for address, machine in of(plan, "aws_instance"):
        if not first(machine, "root_block_device").get("encrypted"):
            yield f"{address} has a disk that is not encrypted"


def the_cluster_is_private_encrypted_and_audited(plan: Plan) -> Iterator[str]:
    for address, cluster in of(plan, "aws_eks_cluster"):
        network = first(cluster, "vpc_config")
        access = first(cluster, "access_config")
        if network.get("endpoint_public_access") is not False or network.get("endpoint_private_access") is not True:
            yield f"{address} can be reached from the internet"
        if first(cluster, "encryption_config").get("resources") != ["secrets"]:
            yield f"{address} does not encrypt secrets"
        if set(cluster.get("enabled_cluster_log_types") or []) != LOGS:
            yield f"{address} does not keep every log"
        if access.get("authentication_mode") != "API" or access.get("bootstrap_cluster_creator_admin_permissions") is not False:
            yield f"{address} lets in whoever made it, or a config map says who"
        if int(cluster["version"].split(".")[1]) < 33:
            yield f"{address} is too old for user namespaces"


def ci_is_not_in_the_cluster(plan: Plan) -> Iterator[str]:
    for address, entry in of(plan, "aws_eks_access_entry", "aws_eks_access_policy_association"):
        if "-ci-" in entry["principal_arn"] or ":role/" not in entry["principal_arn"]:
            yield f"{address} lets {entry['principal_arn']} in"


def add_ons_are_there_and_know_their_place(plan: Plan) -> Iterator[str]:
    add_ons = {add_on["addon_name"]: add_on for _, add_on in of(plan, "aws_eks_addon")}
    if add_ons and set(add_ons) != ADD_ONS:
        yield f"add-ons are {sorted(add_ons)}"
    values = {name: json.loads(add_on["configuration_values"]) for name, add_on in add_ons.items()}
    if values and values.get("vpc-cni", {}).get("enableNetworkPolicy") != "true":
        yield "network policies are not enforced"
    for name in {"coredns", "metrics-server", "aws-ebs-csi-driver"} & set(values):
        pods = values[name].get("controller", values[name])
        group = (pods.get("nodeSelector") or {}).get("workload")
        tolerated = [toleration.get("value") for toleration in pods.get("tolerations", [])]
        if group not in GROUPS or tolerated != [group]:
            yield f"{name} selects {group} and tolerates {tolerated}"


def the_database_survives_and_is_not_public(plan: Plan) -> Iterator[str]:
    wanted = {
        "multi_az": True,
        "storage_encrypted": True,
        "publicly_accessible": False,
        "deletion_protection": True,
        "skip_final_snapshot": False,
        "manage_master_user_password": True,
    }
    for address, database in of(plan, "aws_db_instance"):
        for name, value in wanted.items():
            if database.get(name) != value:
                yield f"{address} has {name} = {database.get(name)}"
        if (database.get("backup_retention_period") or 0) < 7:
            yield f"{address} cannot be restored to last week"
    for address, group in of(plan, "aws_db_parameter_group"):
        settings = {setting["name"]: setting["value"] for setting in group.get("parameter") or []}
        if settings.get("rds.force_ssl") != "1":
            yield f"{address} lets clients in without TLS"


def the_cache_survives_and_is_closed(plan: Plan) -> Iterator[str]:
    for address, cache in of(plan, "aws_elasticache_replication_group"):
        if cache.get("transit_encryption_mode") != "required" or cache.get("transit_encryption_enabled") is not True:
            yield f"{address} lets clients in without TLS"
        if str(cache.get("at_rest_encryption_enabled")).lower() != "true":
            yield f"{address} is not encrypted"
        if not (cache.get("multi_az_enabled") and cache.get("automatic_failover_enabled") and cache["num_cache_clusters"] >= 2):
            yield f"{address} does not outlive a zone"
        if "user_group_ids" in cache and not cache["user_group_ids"]:
            yield f"{address} asks nobody who they are"
    for address, user in of(plan, "aws_elasticache_user"):
        if not user["access_string"].startswith("off "):
            yield f"{address} is switched on before it has a password"


def images_do_not_change(plan: Plan) -> Iterator[str]:
    for address, repository in of(plan, "aws_ecr_repository"):
        if repository.get("image_tag_mutability") != "IMMUTABLE":
            yield f"{address} has tags that can move"
        if not first(repository, "image_scanning_configuration").get("scan_on_push"):
            yield f"{address} is not scanned"


def buckets_are_closed_encrypted_and_versioned(plan: Plan) -> Iterator[str]:
    beside = {
        "aws_s3_bucket_public_access_block": lambda block: all(
            block.get(name) for name in ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
        ),
        "aws_s3_bucket_versioning": lambda block: first(block, "versioning_configuration").get("status") == "Enabled",
        "aws_s3_bucket_server_side_encryption_configuration": lambda block: bool(block.get("rule")),
        "aws_s3_bucket_lifecycle_configuration": lambda block: bool(block.get("rule")),
        "aws_s3_bucket_policy": lambda block: True,
    }
    for address, _ in of(plan, "aws_s3_bucket"):
        for type_, good in beside.items():
            other = plan.get(address.replace("aws_s3_bucket.", f"{type_}."))
            if other is None or not good(other):
                yield f"{address} has no good {type_.removeprefix('aws_s3_bucket_')}"


def every_zone_has_its_own_way(plan: Plan) -> Iterator[str]:
    zones = defaultdict(set)
    for address, subnet in of(plan, "aws_subnet"):
        zones[address.split("aws_subnet.")[1].split("[")[0]].add(subnet["availability_zone"])
        if subnet.get("map_public_ip_on_launch"):
            yield f"{address} gives public addresses away"
    for kind in ("public", "private", "database") if zones else ():
        if len(zones[kind]) != 3:
            yield f"{kind} subnets are in {len(zones[kind])} zones"
    gateways = list(of(plan, "aws_nat_gateway"))
    if zones and len(gateways) != 3:
        yield f"there are {len(gateways)} NAT gateways"
    if zones and not any(log["traffic_type"] == "ALL" for _, log in of(plan, "aws_flow_log")):
        yield "traffic is not logged"


def nothing_is_open_to_everybody(plan: Plan) -> Iterator[str]:
    for address, rule in of(plan, "aws_vpc_security_group_ingress_rule"):
        if ANYWHERE & {rule.get("cidr_ipv4"), rule.get("cidr_ipv6")}:
            yield f"{address} lets everybody in"
        if rule["ip_protocol"] == "-1" or rule["from_port"] <= 22 <= rule["to_port"]:
            yield f"{address} opens SSH"
    for address, group in of(plan, "aws_security_group", "aws_default_security_group"):
        if group.get("ingress"):
            yield f"{address} has rules of its own"


def no_secret_is_in_the_state(plan: Plan) -> Iterator[str]:
    for address, _ in of(plan, *STATIC):
        yield f"{address} is a long-lived credential, or its value stands in the state"


def no_role_may_do_too_much(plan: Plan) -> Iterator[str]:
    for address, attachment in of(plan, "aws_iam_role_policy_attachment"):
        if attachment["policy_arn"].rsplit("/", 1)[-1] in TOO_MUCH:
            yield f"{address} attaches {attachment['policy_arn']}"


def logs_and_keys_are_looked_after(plan: Plan) -> Iterator[str]:
    for address, group in of(plan, "aws_cloudwatch_log_group"):
        if not group.get("retention_in_days"):
            yield f"{address} keeps its logs for ever"
        if "kms_key_id" in group and group["kms_key_id"] is None:
            yield f"{address} is not encrypted under a key of ours"
    for address, key in of(plan, "aws_kms_key"):
        if key.get("enable_key_rotation") is not True:
            yield f"{address} is never changed"


RULES: list[Rule] = [
    nodes_are_labelled_and_tainted,
    only_judges_are_spot,
    metadata_asks_for_a_token_and_stays_on_the_node,
    disks_are_encrypted,
    the_cluster_is_private_encrypted_and_audited,
    ci_is_not_in_the_cluster,
    add_ons_are_there_and_know_their_place,
    the_database_survives_and_is_not_public,
    the_cache_survives_and_is_closed,
    images_do_not_change,
    buckets_are_closed_encrypted_and_versioned,
    every_zone_has_its_own_way,
    nothing_is_open_to_everybody,
    no_secret_is_in_the_state,
    no_role_may_do_too_much,
    logs_and_keys_are_looked_after,
]
