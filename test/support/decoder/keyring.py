"""Keyrings: which one counts, and what is inside."""

import hashlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap

from encoding import base64url, hex_id, members, parse_json, require, unbase64url, whole, Refused
from statements import embedded_key, thumbprint, verify_statement

MAX_EPOCH = 2**32 - 1


class Keyring:
    """A keyring whose signature holds under its header's key; its right is judged by `choose_keyring`."""

    def __init__(self, jws, kind, library):
        header, statement = verify_statement(jws, "clef-keyring", embedded_key)
        members(
            statement,
            "format",
            "kind",
            "library",
            "version",
            "recipients",
            "administrators",
            "epochs",
            "jwe",
            optional=("previous",),
        )
        require(statement["kind"] == kind, f"a {kind} keyring")
        require(hex_id(statement["library"]) == library, "a keyring of this library")
        self.kind = kind
        self.library = library
        self.version = whole(statement["version"], 1)
        self.signer = header["kid"]
        self.hash = hashlib.sha256(jws.encode("ascii")).digest()
        require(("previous" in statement) == (self.version > 1), "a previous version, except in the first")
        self.previous = unbase64url(statement["previous"], 32) if self.version > 1 else None
        self.administrators = statement["administrators"]
        require(len(self.administrators) <= 256, "fewer administrators")
        self.recipients = [check_recipient(recipient) for recipient in statement["recipients"]]
        require(1 <= len(self.recipients) <= 256, "1 to 256 recipients")
        require(len(set(self.recipients)) == len(self.recipients), "each recipient once")
        require(any(r["role"] == "recovery" for r in statement["recipients"]), "a recovery key")
        self.epochs = [whole(epoch, 1, MAX_EPOCH) for epoch in statement["epochs"]]
        require(1 <= len(self.epochs) <= 4096, "1 to 4,096 epochs")
        require(self.epochs == sorted(set(self.epochs)), "rising epochs")
        self.jwe = check_envelope(statement["jwe"], self.recipients)

    def open(self, private_key, name):
        """The keys by epoch, and the source-hash key of a library keyring."""
        require(name in self.recipients, "a keyring for this key")
        protected = members(parse_json(unbase64url(self.jwe["protected"])), "enc", "typ")
        require(protected == {"enc": "A256GCM", "typ": "clef-keyring-keys"}, "an envelope of keyring keys")
        aad = f"clef/v1/keyring/{self.kind}/{self.library}/{self.version}"
        require(unbase64url(self.jwe["aad"]) == aad.encode(), "the aad of this version")
        entry = self.jwe["recipients"][self.recipients.index(name)]
        content_key = unwrap_content_key(private_key, entry)
        sealed = unbase64url(self.jwe["ciphertext"]) + unbase64url(self.jwe["tag"], 16)
        additional = f"{self.jwe['protected']}.{self.jwe['aad']}".encode()
        try:
            plaintext = AESGCM(content_key).decrypt(unbase64url(self.jwe["iv"], 12), sealed, additional)
        except Exception:
            raise Refused("an envelope that opens") from None
        return self.parse_keys(parse_json(plaintext))

    def parse_keys(self, inside):
        extra = ("sourceHashKey",) if self.kind == "library" else ()
        members(inside, "kind", "library", "version", "epochs", *extra)
        require(
            (inside["kind"], inside["library"], inside["version"]) == (self.kind, self.library, self.version),
            "an inside of this keyring",
        )
        require([entry["epoch"] for entry in inside["epochs"]] == self.epochs, "the epochs of the statement")
        keys = {e["epoch"]: unbase64url(members(e, "epoch", "key")["key"], 32) for e in inside["epochs"]}
        return keys, unbase64url(inside["sourceHashKey"], 32) if extra else None


def check_recipient(recipient):
    members(recipient, "role", "thumbprint", "jwk")
    jwk = recipient["jwk"]
    if recipient["role"] == "recovery":
        members(jwk, "kty", "n", "e")
        require(jwk["kty"] == "RSA" and jwk["e"] == "AQAB", "an RSA key with e = 65537")
        require(unbase64url(jwk["n"], 512)[0] >= 0x80, "an RSA key of 4,096 bits")
    else:
        require(recipient["role"] in ("server", "user"), "a role")
        check_ec(jwk)
    require(thumbprint(jwk) == recipient["thumbprint"], "the thumbprint of its key")
    return recipient["thumbprint"]


def check_ec(jwk):
    members(jwk, "kty", "crv", "x", "y")
    require(jwk["kty"] == "EC" and jwk["crv"] == "P-256", "an EC P-256 key")
    return unbase64url(jwk["x"], 32), unbase64url(jwk["y"], 32)


def check_envelope(jwe, names):
    members(jwe, "protected", "aad", "iv", "ciphertext", "tag", "recipients")
    require([r["header"]["kid"] for r in jwe["recipients"]] == names, "the envelopes of its recipients")
    return jwe


def unwrap_content_key(private_key, entry):
    members(entry, "encrypted_key", "header")
    encrypted = unbase64url(entry["encrypted_key"])
    header = entry["header"]
    try:
        if isinstance(private_key, ec.EllipticCurvePrivateKey):
            members(header, "alg", "kid", "epk")
            require(header["alg"] == "ECDH-ES+A256KW", "ECDH-ES+A256KW")
            return aes_key_unwrap(agree(private_key, header["epk"]), encrypted)
        members(header, "alg", "kid")
        require(header["alg"] == "RSA-OAEP-256", "RSA-OAEP-256")
        oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
        return private_key.decrypt(encrypted, oaep)
    except Refused:
        raise
    except Exception:
        raise Refused("an envelope that opens") from None


def agree(private_key, epk):
    x, y = (int.from_bytes(part, "big") for part in check_ec(epk))
    public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    shared = private_key.exchange(ec.ECDH(), public)
    name = b"ECDH-ES+A256KW"
    info = (1).to_bytes(4, "big") + shared + len(name).to_bytes(4, "big") + name + bytes(8)
    return hashlib.sha256(info + (256).to_bytes(4, "big")).digest()


def choose_keyring(candidates, kind, library, fingerprint):
    """The keyring that counts, by the four rules of the page; nothing is remembered here."""
    parsed = {}
    for jws in candidates:
        try:
            keyring = Keyring(jws, kind, library)
        except Refused:
            continue
        parsed[keyring.hash] = keyring

    valid = {}
    for keyring in sorted(parsed.values(), key=lambda keyring: keyring.version):
        previous = valid.get(keyring.previous)
        named = (
            previous is not None
            and previous.version == keyring.version - 1
            and keyring.signer in previous.administrators
        )
        if keyring.signer == fingerprint or named:
            valid[keyring.hash] = keyring

    of_root = [keyring for keyring in valid.values() if keyring.signer == fingerprint]
    require(of_root, "a keyring that the root signed")
    version = max(keyring.version for keyring in of_root)
    newest = [keyring for keyring in of_root if keyring.version == version]
    root = newest[0]
    siblings = [
        keyring
        for keyring in valid.values()
        if root.previous is not None and keyring.version == version and keyring.previous == root.previous
    ]
    require(len(newest) == 1 and len(siblings) <= 1, "one keyring of a version (conflict)")
    chosen = root
    while True:
        following = [keyring for keyring in valid.values() if keyring.previous == chosen.hash]
        if not following:
            return chosen
        require(len(following) == 1, "one successor (conflict)")
        chosen = following[0]


def fingerprint_of(private_key):
    """Thumbprint of a private key's public half."""
    numbers = private_key.public_key().public_numbers()
    if isinstance(private_key, ec.EllipticCurvePrivateKey):
        x, y = (base64url(part.to_bytes(32, "big")) for part in (numbers.x, numbers.y))
        return thumbprint({"kty": "EC", "crv": "P-256", "x": x, "y": y})
    n, e = (base64url(part.to_bytes((part.bit_length() + 7) // 8, "big")) for part in (numbers.n, numbers.e))
    return thumbprint({"kty": "RSA", "n": n, "e": e})
