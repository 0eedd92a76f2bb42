package parser

import "testing"

// fakeNamer is a fakeMTA that makes something of program names and says so in each record.
type fakeNamer struct {
	fakeMTA
	asked *[]string
}

func (m fakeNamer) Name(program []byte) any {
	*m.asked = append(*m.asked, string(program))
	return string(program)
}

func (m fakeNamer) Parse(f *Frame, r *Record) Result {
	res := m.fakeMTA.Parse(f, r)
	name, _ := f.Name.(string)
	r.Reply = []byte(name)
	return res
}

// A parser is asked once for each name of a program, and each frame brings what it made of its own program's.
func TestNamer(t *testing.T) {
	var asked []string
	l := newLogTest(t, Options{Parsers: []Parser{fakeNamer{fakeMTA{"fake"}, &asked}}})
	for range 3 {
		l.want(head+"fake/smtp[1]: Q1 to=<a>", "Q1 fake/smtp")
		l.want(head+"fake/pipe[1]: Q1 to=<a>", "Q1 fake/pipe")
		l.want("Nov 22 07:13:50 host2 fake/smtp[1]: Q1 to=<a>", "Q1 fake/smtp")
		l.want("Nov 22 07:13:51 fake/pipe: Q1 to=<a>", "Q1 fake/pipe")
		l.want(head+"whatever[1]: Q1 to=<a>", "Q1 ") // claimed by what it says
		l.want(head+"fake/smtp[1]: Q1 to=<a>", "Q1 fake/smtp")
		l.want(head+"fake/pipe[1]: last message repeated 1 time", "Q1 fake/smtp #1")
		l.want(head+"fake/smtp[1]: message repeated 1 times: [ Q2 to=<a>]", "Q2 fake/smtp #1")
	}
	if len(asked) != 2 {
		t.Errorf("asked for %q", asked)
	}
}

// A beginning of lines that is remembered in the place of another says nothing of that one's program.
func TestBeginningsThatShareAPlace(t *testing.T) {
	var asked []string
	l := newLogTest(t, Options{Parsers: []Parser{fakeNamer{fakeMTA{"fake"}, &asked}}})
	for range 3 {
		for _, name := range []string{"fake/ax", "fake/bx", "sshd/ax", "fake/cx"} {
			want := "Q1 " + name
			if name == "sshd/ax" {
				want = "foreign"
			}
			l.want(head+name+"[1]: Q1 to=<a>", want)
			l.want(head+name+"[2]: Q1 to=<a>", want)
		}
	}
}
