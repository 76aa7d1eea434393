"""The few calls that moto does not know, answered here from memory. botocore checks their arguments against AWS' own service
model first, so a call that AWS would not understand fails here as well."""

import boto3
from botocore.client import BaseClient
from botocore.validate import validate_parameters

from infra.commands.account import SERVICE_LINKED


class NotInMoto:
    def __init__(self, monkeypatch):
        self.entries: dict[str, list[str]] = {}
        self.quotas = {"L-1216C47A": 1000.0, "L-34B43A08": 1000.0, "L-0263D0A3": 10.0, "L-F678F1CE": 5.0}
        self.asked: list[tuple[str, float]] = []
        self.user = {"UserId": "laurel-dev-services", "AccessString": "off ~lb:* -@all +@read"}
        self.user_changes: list[dict] = []
        known = {
            "ListAccessEntries": lambda arguments: {"accessEntries": list(self.entries)},
            "CreateAccessEntry": self.create_access_entry,
            "AssociateAccessPolicy": self.associate_access_policy,
            "ListAssociatedAccessPolicies": self.list_associated_access_policies,
            "GetServiceQuota": lambda arguments: {"Quota": {"Value": self.quotas[arguments["QuotaCode"]]}},
            "RequestServiceQuotaIncrease": self.request_service_quota_increase,
            "DescribeUsers": lambda arguments: {"Users": [self.user]},
            "ModifyUser": self.modify_user,
            "CreateServiceLinkedRole": self.create_service_linked_role,
        }
        otherwise = BaseClient._make_api_call

        def call(client, operation, arguments):
            if operation not in known:
                return otherwise(client, operation, arguments)
            validate_parameters(arguments, client.meta.service_model.operation_model(operation).input_shape)
            return known[operation](arguments)

        monkeypatch.setattr(BaseClient, "_make_api_call", call)

    def create_service_linked_role(self, arguments):
        """moto knows such roles, but not the names that AWS gives to most of them."""
        name = SERVICE_LINKED[arguments["AWSServiceName"]]
        return boto3.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")

    def create_access_entry(self, arguments):
        self.entries[arguments["principalArn"]] = []
        return {}

    def associate_access_policy(self, arguments):
        self.entries[arguments["principalArn"]].append(arguments["policyArn"])
        return {}

    def list_associated_access_policies(self, arguments):
        return {"associatedAccessPolicies": [{"policyArn": arn} for arn in self.entries[arguments["principalArn"]]]}

    def request_service_quota_increase(self, arguments):
        self.asked.append((arguments["QuotaCode"], arguments["DesiredValue"]))
        return {}

    def modify_user(self, arguments):
        self.user_changes.append(arguments)
        self.user["AccessString"] = arguments["AccessString"]
        return {}
