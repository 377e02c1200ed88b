"""Browses, reads, subscribes and writes the heat source with asyncua; prints what it saw as JSON."""
import asyncio
import json
import sys

from asyncua import Client, ua
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from cryptography.x509.oid import ExtendedKeyUsageOID
from pathlib import Path


class Changes:
    def __init__(self):
        self.values = []
        self.enough = asyncio.Event()

    def datachange_notification(self, node, value, data):
        self.values.append(value)
        if len(self.values) >= 3:
            self.enough.set()


async def visit(url, folder):
    seen = {}
    async with Client(url, timeout=5) as client:
        source = client.get_node("ns=1;s=SRC001")
        names = [(await node.read_browse_name()).Name for node in await client.nodes.objects.get_children()]
        seen["in Objects"] = "SRC001" in names
        seen["children"] = sorted([(await node.read_browse_name()).Name for node in await source.get_children()])
        boiler = client.get_node("ns=1;s=SRC001.BLR01")
        seen["boiler"] = sorted([(await node.read_browse_name()).Name for node in await boiler.get_children()])
        supply = client.get_node("ns=1;s=SRC001.T_S")
        value = await supply.read_data_value()
        seen["T_S"] = value.Value.Value
        seen["type"] = value.Value.VariantType.name
        seen["running"] = await client.get_node("ns=1;s=SRC001.CHP01.RUN").read_value()
        setpoint = client.get_node("ns=1;s=SRC001.T_SP")
        await setpoint.write_value(ua.DataValue(ua.Variant(108.5, ua.VariantType.Double)))
        seen["T_SP written"] = await setpoint.read_value()
        seen["refused"] = {}
        for name, node, variant in [
            ("out of range", setpoint, ua.Variant(200.0, ua.VariantType.Double)),
            ("wrong type", setpoint, ua.Variant("hot", ua.VariantType.String)),
            ("not writable", supply, ua.Variant(1.0, ua.VariantType.Double)),
        ]:
            try:
                await node.write_value(ua.DataValue(variant))
                seen["refused"][name] = None
            except ua.UaStatusCodeError as error:
                seen["refused"][name] = type(error).__name__
        changes = Changes()
        subscription = await client.create_subscription(500, changes)
        await subscription.subscribe_data_change(supply)
        await asyncio.wait_for(changes.enough.wait(), 10)
        seen["changes"] = len(set(changes.values))
        await subscription.delete()

    secured = Client(url, timeout=5)
    key, certificate = Path(folder) / "key.pem", Path(folder) / "certificate.der"
    uri = "urn:peer"
    await setup_self_signed_certificate(key, certificate, uri, "peer", [ExtendedKeyUsageOID.CLIENT_AUTH], {"commonName": "peer"})
    secured.application_uri = uri
    await secured.set_security(SecurityPolicyBasic256Sha256, str(certificate), str(key), mode=ua.MessageSecurityMode.SignAndEncrypt)
    async with secured:
        seen["secured"] = await secured.get_node("ns=1;s=SRC001.T_SP").read_value()
    print(json.dumps(seen))


asyncio.run(visit(sys.argv[1], sys.argv[2]))
