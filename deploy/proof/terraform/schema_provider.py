"""A provider that knows AWS' schema and nothing else: with it Terraform itself checks every argument, type, reference and
module of infra/ where the real provider cannot be downloaded. It never plans or reads anything: `terraform test` mocks that.

Terraform is told by TF_REATTACH_PROVIDERS to use this process instead of starting a provider of its own.
"""

import json
import os
import sys
from concurrent import futures
from contextlib import contextmanager
from pathlib import Path

import grpc

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
messages, services = grpc.protos_and_services("tfplugin5.proto")
Schema = messages.Schema


def block(description: dict, top: bool = False) -> Schema.Block:
    result = Schema.Block()
    for name, attribute in sorted(description["attributes"].items()):
        computed = attribute.get("computed", False)
        required = attribute.get("required", False)
        optional = not computed and not required
        result.attributes.add(
            name=name,
            type=json.dumps(attribute["type"]).encode(),
            required=required,
            optional=optional,
            # Which of these the provider computes when they are left out is not known: of a resource's own, all may be.
            computed=computed or (optional and top),
        )
    for name, inner in sorted(description["blocks"].items()):
        mode = Schema.NestedBlock.SINGLE if inner.get("single") else Schema.NestedBlock.LIST
        one = inner["required"] and mode == Schema.NestedBlock.LIST
        most = inner["max"] or 0 if mode == Schema.NestedBlock.LIST else 0
        result.block_types.add(type_name=name, block=block(inner), nesting=mode, min_items=int(one), max_items=most)
    return result


class Provider(services.ProviderServicer):
    def __init__(self, schema: dict):
        self.schema = schema

    def GetSchema(self, request, context):
        response = messages.SchemaResponse(provider=Schema(block=block(self.schema["provider"])))
        for name, description in self.schema["resources"].items():
            response.resource_schemas[name].CopyFrom(Schema(block=block(description, top=True)))
        for name, description in self.schema["data_sources"].items():
            response.data_source_schemas[name].CopyFrom(Schema(block=block(description, top=True)))
        return response

    def PrepareProviderConfig(self, request, context):
        return messages.PrepareResponse(prepared_config=request.config)

    def ValidateResourceTypeConfig(self, request, context):
        return messages.Empty()

    def ValidateDataSourceConfig(self, request, context):
        return messages.Empty()

    def Configure(self, request, context):
        return messages.Empty()

    def Stop(self, request, context):
        return messages.Empty()


@contextmanager
def serving(schema: dict):
    """Serves the schema, and gives the environment in which Terraform finds it."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    services.add_ProviderServicer_to_server(Provider(schema), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    where = {
        "Protocol": "grpc",
        "ProtocolVersion": 5,
        "Pid": os.getpid(),
        "Test": True,
        "Addr": {"Network": "tcp", "String": f"127.0.0.1:{port}"},
    }
    try:
        yield {"TF_REATTACH_PROVIDERS": json.dumps({"registry.terraform.io/hashicorp/aws": where})}
    finally:
        server.stop(grace=None)
