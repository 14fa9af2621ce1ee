package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
)

// row is one reading of a machine's sensors, and whether the machine failed.
type row struct {
	ID       string
	Features [3]float64
	Site     string
	Label    int
}

// featureNames names what a row has. Noise says nothing about the label.
var featureNames = [3]string{"heat", "vibration", "noise"}

var header = []string{"id", "heat", "vibration", "noise", "site", "failed"}

// generate makes readings: hot and shaking machines fail more often.
func generate(count int, seed uint64) []row {
	random := rand.New(rand.NewPCG(seed, 0))
	rows := make([]row, count)
	for i := range rows {
		r := row{ID: fmt.Sprintf("r%04d", i), Site: []string{"north", "south"}[random.IntN(2)]}
		for j := range r.Features {
			r.Features[j] = math.Round(random.NormFloat64()*1000) / 1000
		}
		if random.Float64() < sigmoid(2*r.Features[0]+2*r.Features[1]-0.5) {
			r.Label = 1
		}
		rows[i] = r
	}
	return rows
}

// split puts each row on the side that its id says, about half on each.
func split(rows []row) (train, test []row) {
	for _, r := range rows {
		if digest := sha256.Sum256([]byte(r.ID)); digest[0] < 128 {
			train = append(train, r)
		} else {
			test = append(test, r)
		}
	}
	return train, test
}

func readRows(path string) ([]row, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	records, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if len(records) < 2 || !slices.Equal(records[0], header) {
		return nil, fmt.Errorf("read %s: it must have the columns %v, and rows", path, header)
	}
	rows := make([]row, 0, len(records)-1)
	for i, record := range records[1:] {
		r, err := parseRow(record)
		if err != nil {
			return nil, fmt.Errorf("read %s: line %d: %w", path, i+2, err)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func parseRow(record []string) (row, error) {
	r := row{ID: record[0], Site: record[4]}
	for j := range r.Features {
		value, err := strconv.ParseFloat(record[1+j], 64)
		if err != nil {
			return row{}, err
		}
		r.Features[j] = value
	}
	switch record[5] {
	case "0":
	case "1":
		r.Label = 1
	default:
		return row{}, errors.New("the label is neither 0 nor 1")
	}
	return r, nil
}

func writeRows(path string, rows []row) error {
	var buf bytes.Buffer
	table := csv.NewWriter(&buf)
	records := [][]string{header}
	for _, r := range rows {
		record := []string{r.ID}
		for _, value := range r.Features {
			record = append(record, strconv.FormatFloat(value, 'g', -1, 64))
		}
		records = append(records, append(record, r.Site, strconv.Itoa(r.Label)))
	}
	if err := table.WriteAll(records); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return writeFile(path, buf.Bytes())
}
