package result

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// The schemas are generated from the types of this package; run
// `go test ./internal/result -update` after changing one.
//
//go:embed schema/*.schema.json
var schemas embed.FS

// Document is a result that stands on its own as a file.
type Document interface {
	Run | Decision | Comparison | Calibration | Assessment | Promotion | Version | Move | Attempt | Moves | Versions | Verification | Report | Bundle | Preview | Reproduction | Graph | Diagnosis | Runs | Diff | Best | PolicyEvaluation | PolicyTests | PolicyCheck | PolicyCodes | Explanation | Replay | Illustration | Verdicts | ScoreChange | ScoreHistory | Rationale
}

// SchemaOf returns the value of the "schema" field for documents of type T.
func SchemaOf[T Document]() string { return "muster." + kindOf[T]() + "/v1" }

func kindOf[T Document]() string {
	var doc T
	return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", doc), "result."))
}

// Encode returns the document as indented JSON with a closing newline. The
// same document gives the same bytes. A document that [Decode] would refuse is
// not written in the first place.
func Encode[T Document](doc T) ([]byte, error) {
	codec, err := NewCodec[T]()
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", SchemaOf[T](), err)
	}
	return codec.Encode(doc)
}

// InvalidError says that a file does not hold the document that was asked for.
type InvalidError struct {
	Path string // the file, as the caller names it
	Want string // the schema that was expected
	Why  []string
}

func (e *InvalidError) Error() string {
	return fmt.Sprintf("%s: not a valid %s document: %s", e.Path, e.Want, strings.Join(e.Why, "; "))
}

// Decode reads a document, and refuses data that its JSON Schema does not
// allow with an [InvalidError]. Fields it does not know are left out: a newer
// muster may have written them.
func Decode[T Document](data []byte, path string) (T, error) {
	codec, err := NewCodec[T]()
	if err != nil {
		var none T
		return none, err
	}
	return codec.Decode(data, path)
}

// Codec reads and writes documents of one type: the schema is prepared once. It
// may be used from several goroutines.
type Codec[T Document] struct{ schema *jsonschema.Schema }

// NewCodec prepares the schema of T, which takes some milliseconds.
func NewCodec[T Document]() (*Codec[T], error) {
	schema, err := compile(kindOf[T]())
	if err != nil {
		return nil, err
	}
	return &Codec[T]{schema}, nil
}

// Encode does what the function [Encode] does.
func (c *Codec[T]) Encode(doc T) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(doc)
	if err == nil {
		err = c.check(buf.Bytes(), "document")
	}
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", SchemaOf[T](), err)
	}
	return buf.Bytes(), nil
}

// Decode does what the function [Decode] does.
func (c *Codec[T]) Decode(data []byte, path string) (T, error) {
	var doc T
	if err := c.check(data, path); err != nil {
		return doc, err
	}
	return unmarshal[T](data, path)
}

// check holds data against the schema.
func (c *Codec[T]) check(data []byte, path string) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return invalid[T](path, err.Error())
	}
	if m, ok := value.(map[string]any); ok && m["schema"] != SchemaOf[T]() {
		return invalid[T](path, fmt.Sprintf("its schema is %q", fmt.Sprint(m["schema"])))
	}
	if err := c.schema.Validate(value); err != nil {
		return invalid[T](path, reasons(err)...)
	}
	return nil
}

func unmarshal[T Document](data []byte, path string) (T, error) {
	var doc T
	if err := json.Unmarshal(data, &doc); err != nil {
		return doc, invalid[T](path, err.Error())
	}
	return doc, nil
}

func invalid[T Document](path string, why ...string) error {
	return &InvalidError{Path: path, Want: SchemaOf[T](), Why: why}
}

func compile(kind string) (*jsonschema.Schema, error) {
	name := "schema/" + kind + ".schema.json"
	data, err := schemas.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	raw, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("read schema %s: %w", name, err)
	}
	compiler := jsonschema.NewCompiler()
	url := "https://muster-ci.github.io/" + name // a name alone would be looked for in the working directory, whatever that is called
	if err := compiler.AddResource(url, raw); err != nil {
		return nil, fmt.Errorf("read schema %s: %w", name, err)
	}
	schema, err := compiler.Compile(url)
	if err != nil {
		return nil, fmt.Errorf("compile schema %s: %w", name, err)
	}
	return schema, nil
}

// reasons flattens a validation error to its leaves: what is wrong, and where.
func reasons(err error) []string {
	var verr *jsonschema.ValidationError
	if !errors.As(err, &verr) {
		return []string{err.Error()}
	}
	var out []string
	var walk func(*jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		for _, cause := range e.Causes {
			walk(cause)
		}
		if len(e.Causes) == 0 {
			where := "/" + strings.Join(e.InstanceLocation, "/")
			out = append(out, where+": "+e.ErrorKind.LocalizedString(message.NewPrinter(language.English)))
		}
	}
	walk(verr)
	return out
}
