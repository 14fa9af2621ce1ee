package predictions

import (
	"encoding/binary"
	"io"
)

// hybrid decodes n small numbers that are stored as runs of one number or side
// by side in few bits each (apache/parquet-format, Encodings.md, RLE = 3). The
// library's own takes whatever memory a run claims to need.
func hybrid(raw []byte, width, n int) ([]int32, error) {
	out := make([]int32, 0, n)
	for len(out) < n {
		header, length := binary.Uvarint(raw)
		if length <= 0 {
			return nil, io.ErrUnexpectedEOF
		}
		raw = raw[length:]
		if header&1 == 0 {
			size := (width + 7) / 8
			if len(raw) < size || header>>1 == 0 {
				return nil, io.ErrUnexpectedEOF
			}
			var word [8]byte
			copy(word[:], raw[:size])
			value := int32(binary.LittleEndian.Uint64(word[:]))
			raw = raw[size:]
			for range min(header>>1, uint64(n-len(out))) {
				out = append(out, value)
			}
			continue
		}
		count := min(header>>1, uint64(n)) * 8
		if header>>1 == 0 {
			return nil, io.ErrUnexpectedEOF
		}
		out = unpack(out, raw, width, min(int(count), n-len(out)))
		if out == nil {
			return nil, io.ErrUnexpectedEOF
		}
		raw = raw[min(len(raw), int(count)*width/8):]
	}
	return out, nil
}

// unpack appends n numbers of so many bits each; nil if there are not so many.
func unpack(out []int32, raw []byte, width, n int) []int32 {
	if len(raw)*8 < n*width {
		return nil
	}
	var bits uint64
	have := 0
	mask := uint64(1)<<width - 1
	for range n {
		for have < width {
			bits |= uint64(raw[0]) << have
			raw, have = raw[1:], have+8
		}
		out = append(out, int32(bits&mask))
		bits, have = bits>>width, have-width
	}
	return out
}
