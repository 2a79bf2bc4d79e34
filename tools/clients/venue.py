"""Starts `plimsoll venue` for clients that take it for the exchange.

`PLIMSOLL` names the binary. Each test class has a venue of its own, so that no test sees another's orders.
"""

import decimal
import json
import os
import subprocess
import tempfile
import unittest

from Crypto.PublicKey import ECC

D = decimal.Decimal
KEY, SECRET = "third-party-key", "third-party-secret"
ED_KEY = "third-party-ed25519-key"
SYMBOL = "BTCUSDT"
READY_SECONDS = 60


class Venue:
    """A running `plimsoll venue` at speed 1 on a generated market."""

    def __init__(self):
        self.private_key = ECC.generate(curve="ed25519")
        public = self.private_key.public_key().export_key(format="PEM")
        self.folder = tempfile.TemporaryDirectory()
        public_file = os.path.join(self.folder.name, "ed25519.pem")
        with open(public_file, "w", encoding="ascii") as file:
            file.write(public)
        balances = "USDT=100000,BTC=2"
        self.process = subprocess.Popen(
            [
                os.environ["PLIMSOLL"], "venue", "--listen", "127.0.0.1:0", "--generate", "--seed", "7", "--speed", "1",
                "--account", f"{KEY}:{SECRET}:{balances}",
                "--account", f"{ED_KEY}:ed25519={public_file}:{balances}",
                "--ledger", os.path.join(self.folder.name, "ledger"),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addresses = json.loads(self.process.stdout.readline() or "null")
        if self.addresses is None:
            raise RuntimeError(f"the venue ended with {self.process.wait(READY_SECONDS)} before it was ready")

    @property
    def rest(self):
        return self.addresses["rest"]

    @property
    def streams(self):
        return self.addresses["streams"]

    @property
    def ws_api(self):
        return self.addresses["ws_api"]

    def pem(self):
        """The private half of the Ed25519 account's key."""
        return self.private_key.export_key(format="PEM")

    def stop(self):
        self.process.terminate()
        status = self.process.wait(READY_SECONDS)
        self.process.stdout.close()
        self.folder.cleanup()
        return status


class VenueCase(unittest.TestCase):
    """A test class with a venue of its own, and prices around its market."""

    @classmethod
    def setUpClass(cls):
        cls.venue = Venue()

    @classmethod
    def tearDownClass(cls):
        status = cls.venue.stop()
        assert status == 0, f"the venue ended with {status}, wanted 0 on SIGTERM"


def price(near, factor):
    """Returns `near` times `factor`, on the tick of 0.01, as text."""
    return str((D(near) * D(factor)).quantize(D("0.01")))
