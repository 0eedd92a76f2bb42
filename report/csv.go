package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
)

// CSV writes one section of m, all its rows, with a header line of column names. Text that a spreadsheet would run as a
// formula gets an apostrophe in front.
func CSV(w io.Writer, m *Model, id string) error {
	for _, s := range m.sections() {
		if s.id == id {
			return s.csv(w)
		}
	}
	if slices.Contains(SectionIDs(), id) {
		return fmt.Errorf("section %q is not in this report: ask for it with --by", id)
	}
	return fmt.Errorf("no section %q: there are %s", id, strings.Join(SectionIDs(), ", "))
}

// CSVFiles writes one file a section, by way of create, which gets the name ("causes.csv"). Sections without rows are files too,
// with their header alone: what reads them finds the same files every day.
func CSVFiles(m *Model, create func(name string) (io.WriteCloser, error)) error {
	for _, s := range m.sections() {
		if err := s.csvFile(create); err != nil {
			return fmt.Errorf("write %s.csv: %w", s.id, err)
		}
	}
	return nil
}

func (s section) csvFile(create func(string) (io.WriteCloser, error)) error {
	f, err := create(s.id + ".csv")
	if err != nil {
		return err
	}
	if err := s.csv(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

func (s section) csv(w io.Writer) error {
	c := csv.NewWriter(w)
	row := make([]string, len(s.cols))
	for i, col := range s.cols {
		row[i] = col.name
	}
	if err := c.Write(row); err != nil {
		return err
	}
	for _, r := range s.rows {
		for i := range s.cols {
			row[i] = r[i].machine()
			if r[i].kind == kText {
				row[i] = csvText(row[i])
			}
		}
		if err := c.Write(row); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}
