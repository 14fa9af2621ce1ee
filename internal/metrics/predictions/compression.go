package predictions

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
)

// decompress returns what is in a page of a known size.
func decompress(codec format.CompressionCodec, raw []byte, size int) ([]byte, error) {
	var plain []byte
	var err error
	switch codec {
	case format.Uncompressed:
		plain = raw
	case format.Snappy:
		if length, err := snappy.DecodedLen(raw); err != nil || length != size {
			return nil, errors.New("a page has another size than it says")
		}
		plain, err = snappy.Decode(nil, raw)
	case format.Gzip:
		plain, err = gunzip(raw, size)
	case format.Zstd:
		plain, err = unzstd(raw, size)
	default:
		return nil, &unsupported{fmt.Sprintf("is compressed with %s, which cannot be read", codec), "compress it with snappy, zstd or gzip"}
	}
	if err == nil && len(plain) != size {
		err = errors.New("a page has another size than it says")
	}
	return plain, err
}

func gunzip(raw []byte, size int) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, int64(size)+1))
}

func unzstd(raw []byte, size int) ([]byte, error) {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(mostPage))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.DecodeAll(raw, make([]byte, 0, min(size, 64*len(raw)+1024)))
}
