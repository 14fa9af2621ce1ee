// Package attest says who vouches for a model, and what it was made of.
//
// A [Signer] signs with a private key that its caller hands over (the command
// line takes it from the environment), [Keys] are the public keys that a team
// trusts. What is signed is bytes with a type, in the pre-authentication
// encoding of DSSE, so that a signature over one kind of document is never one
// over another. [Provenance] states how a run made a model, as an in-toto
// statement; [Wrap] puts it into a signed envelope, and [Open] takes it out.
//
// Keys are Ed25519 (RFC 8032) or ECDSA over P-256 with SHA-256 (FIPS 186-5), as
// openssl makes and checks them; docs/signing.md has the commands.
package attest
