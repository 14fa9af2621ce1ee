package fire_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// A hostile muster.yaml costs neither time nor memory, and what is only unusual is read.
func TestHostileYAML(t *testing.T) {
	const good = "version: 1\nexecutor: process\nstages:\n  a: {run: echo x > x.txt, outputs: [x.txt]}\n"
	bomb := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 20 {
		bomb += fmt.Sprintf("a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
	}
	const bound = 120 << 20
	tests := map[string]struct {
		text string
		code int
		want string
	}{
		"bomb":              {"version: 1\n" + bomb + "stages: *a20\n", 2, "alias"},
		"50 MB":             {good + "#" + strings.Repeat("x", 50<<20), 2, "larger than 1 MiB"},
		"50 MB of stages":   {good + strings.Repeat("  a: {run: x}\n", 50<<20/14), 2, "larger than 1 MiB"},
		"deep":              {"version: 1\nstages: " + strings.Repeat("[", 400_000), 2, "muster.yaml"},
		"duplicate keys":    {good + "  a: {run: other}\n", 2, "muster.yaml:5:3"},
		"tabs":              {"version: 1\nstages:\n\ta: {run: x}\n", 2, "muster.yaml:3:1"},
		"CRLF":              {strings.ReplaceAll(good, "\n", "\r\n"), 0, ""},
		"byte order mark":   {"\ufeff" + good, 0, ""},
		"UTF-16":            {"\xff\xfev\x00e\x00r\x00", 2, "muster.yaml"},
		"nothing but zeros": {strings.Repeat("\x00", 1000), 2, "muster.yaml"},
		"a key of 1 MB":     {"version: 1\n" + strings.Repeat("k", 1_000_000) + ": x\n", 2, "muster.yaml"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newProject(t, good)
			p.write("muster.yaml", test.text)
			peak, said := p.measured(test.code, "run", "--quiet")
			if !strings.Contains(said, test.want) || len(said) > 10_000 {
				t.Errorf("no %q in %d bytes:\n%.1000s", test.want, len(said), said)
			}
			if peak > bound {
				t.Errorf("it took %d MiB", peak>>20)
			}
			if test.code == 0 {
				p.wants("x.txt", "x\n")
			} else if _, err := os.Lstat(p.path(".muster/runs")); err == nil {
				t.Error("a run was begun")
			}
		})
	}
}
