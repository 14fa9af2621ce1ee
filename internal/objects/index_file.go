package objects

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io/fs"
	"maps"
	"slices"
)

const sumSize = sha256.Size

// indexMagic begins the file; its number changes with the format.
const indexMagic = "muster index 1\n"

// fixedSize is what an entry takes beside its name: six numbers, the mode, the
// digest, and the name's length.
const fixedSize = 5*8 + 4 + sumSize + 4

// encodeIndex lays out the entries in the order of their names, and a SHA-256
// over all of it at the end: a file that was cut off or damaged is known by it.
func encodeIndex(known map[string]memory) []byte {
	size := len(indexMagic) + sumSize
	for name := range known {
		size += fixedSize + len(name)
	}
	out := append(make([]byte, 0, size), indexMagic...)
	order := binary.LittleEndian
	for _, name := range slices.Sorted(maps.Keys(known)) {
		entry := known[name]
		for _, number := range []uint64{
			uint64(entry.stat.Size), uint64(entry.stat.Modified), uint64(entry.stat.Changed), entry.stat.Inode, entry.stat.Device,
		} {
			out = order.AppendUint64(out, number)
		}
		out = order.AppendUint32(out, uint32(entry.stat.Mode))
		out = append(out, entry.sum[:]...)
		out = order.AppendUint32(out, uint32(len(name)))
		out = append(out, name...)
	}
	sum := sha256.Sum256(out)
	return append(out, sum[:]...)
}

// decodeIndex reads what encodeIndex made, and nothing else.
func decodeIndex(data []byte) (map[string]memory, bool) {
	if len(data) < len(indexMagic)+sumSize || string(data[:len(indexMagic)]) != indexMagic {
		return nil, false
	}
	body := data[:len(data)-sumSize]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], data[len(body):]) {
		return nil, false
	}
	text := string(body) // the names are parts of it, so that 100,000 of them are one allocation
	known := make(map[string]memory, len(body)/(fixedSize+40))
	order := binary.LittleEndian
	for at := len(indexMagic); at < len(body); {
		if len(body)-at < fixedSize {
			return nil, false
		}
		number := func(i int) uint64 { return order.Uint64(body[at+8*i:]) }
		entry := memory{stat: Stat{
			Size: int64(number(0)), Modified: int64(number(1)), Changed: int64(number(2)), Inode: number(3), Device: number(4),
			Mode: fs.FileMode(order.Uint32(body[at+40:])),
		}}
		copy(entry.sum[:], body[at+44:])
		length := order.Uint32(body[at+44+sumSize:])
		at += fixedSize
		if uint64(length) > uint64(len(body)-at) {
			return nil, false
		}
		end := at + int(length)
		known[text[at:end]] = entry
		at = end
	}
	return known, true
}

func hexDigest(sum [sumSize]byte) Digest { return hex.EncodeToString(sum[:]) }

// parseDigest is for digests that were computed here.
func parseDigest(digest Digest) (sum [sumSize]byte) {
	if n, err := hex.Decode(sum[:], []byte(digest)); err != nil || n != sumSize {
		panic("objects: " + digest + " is no digest")
	}
	return sum
}
