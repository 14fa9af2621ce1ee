package fire_test

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// Ten million rows are compared as ten are, by methods of all kinds, within 2.5 GB
// where Go is told so. The program has no race detector, whatever this test has. The values are those of how the rows were drawn.
func TestTenMillionRows(t *testing.T) {
	rows, limit, most := 10_000_000, "GOMEMLIMIT=2200MiB", int64(2_500_000_000)
	if testing.Short() {
		rows, limit, most = 1_000_000, "GOMEMLIMIT=300MiB", 500_000_000
	}
	p := newProject(t, "version: 1\nstages: {a: {run: echo}}\n")
	p.env = []string{limit}
	p.writeRows("champion.csv", rows, 500_000)
	p.writeRows("candidate.csv", rows, 530_000)
	peak, said := p.measured(4, "compare", "champion.csv", "candidate.csv", "--require", "non-inferior",
		"-m", "accuracy=0.01", "-m", "roc_auc=0.01", "-m", "f1=0.01", "-m", "log_loss=0.02")
	t.Logf("%d MB:\n%s", peak>>20, said)
	if peak > most {
		t.Errorf("it took %d MB of memory", peak>>20)
	}
	for _, want := range []string{
		fmt.Sprintf("%d rows", rows), "accuracy: worse", "0.800", "→ 0.773", "roc_auc: worse", "0.920", "→ 0.905", "log_loss: not worse",
		"(Tango)", "DeLong", "multinomial draws", "influence function",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q", want)
		}
	}
}

// writeRows writes answers of a model that errs the more, the more noise it has.
func (p *project) writeRows(name string, rows int, noise uint64) {
	p.Helper()
	file, err := os.Create(p.path(name))
	if err != nil {
		p.Fatal(err)
	}
	defer file.Close()
	w := bufio.NewWriterSize(file, 1<<20)
	_, _ = w.WriteString("id,label,score\n")
	state, line := noise, []byte(nil)
	for row := range rows {
		state = state*6364136223846793005 + 1442695040888963407 // Knuth's generator
		label := uint64(row) % 3 / 2
		line = strconv.AppendInt(line[:0], int64(row), 10)
		line = append(line, ',', byte('0'+label), ',', '0', '.')
		line = strconv.AppendUint(line, 100_000+label*300_000+(state>>33)%noise, 10)
		_, _ = w.Write(append(line, '\n'))
	}
	if err := w.Flush(); err != nil {
		p.Fatal(err)
	}
}

// Metrics and slices come by the ten thousand, and each has its row.
func TestThousandsOfNames(t *testing.T) {
	const many = 10_000
	p := newProject(t, "version: 1\nstages: {a: {run: echo}}\n")
	var numbers, columns, slices []string
	for i := range many {
		numbers, columns = append(numbers, fmt.Sprintf("\"m%d\": %d", i, i)), append(columns, fmt.Sprintf("v%d", i))
	}
	for i := range 10 {
		slices = append(slices, fmt.Sprintf("s%d", i))
	}
	p.write("numbers.json", "{"+strings.Join(numbers, ", ")+"}")
	p.writeTable("wide.csv", 29, columns, func(row, column int) int { return row * column % 7 }) // too few rows for intervals, which would take long
	p.writeTable("parts.csv", many, slices, func(row, column int) int { return (row*7919 + column*31) % 1000 })
	for _, test := range []struct {
		args []string
		row  string
	}{
		{[]string{"numbers.json", "numbers.json"}, `"metric":"m`},
		{[]string{"wide.csv", "wide.csv", "--value", strings.Join(columns, ",")}, `"metric":"v`},
		{[]string{"parts.csv", "parts.csv", "-m", "log_loss=1", "--slices", strings.Join(slices, ","), "--min-size", "5"}, `"slice":"s`},
	} {
		said := p.call(0, append([]string{"compare", "--format", "jsonl"}, test.args...)...)
		if rows := strings.Count(said, test.row); rows != many {
			t.Errorf("%s: %d rows, want %d:\n%.300s", test.args[0], rows, many, said)
		}
	}
}

// writeTable writes predictions with further columns.
func (p *project) writeTable(name string, rows int, columns []string, value func(row, column int) int) {
	p.Helper()
	var text strings.Builder
	text.WriteString("id,label,score," + strings.Join(columns, ",") + "\n")
	for row := range rows {
		fmt.Fprintf(&text, "%d,%d,0.%d", row, row%2, row%9)
		for column := range columns {
			fmt.Fprintf(&text, ",%d", value(row, column))
		}
		text.WriteString("\n")
	}
	p.write(name, text.String())
}
