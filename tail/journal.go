package tail

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Journal follows journald by a child process.
type Journal struct {
	Command string   // "journalctl"; another path for tests
	Units   []string // only these; none: all of the mail facility
	Retry   time.Duration
}

// Name is the journal's name among logs.
func (j *Journal) Name() string {
	if len(j.Units) == 0 {
		return "journal"
	}
	return "journal:" + strings.Join(j.Units, ",")
}

func (j *Journal) args(cursor string) []string {
	args := []string{"--follow", "--no-tail", "--no-pager", "--output=json", "--quiet"}
	if cursor != "" {
		args = append(args, "--after-cursor="+cursor)
	}
	for _, u := range j.Units {
		args = append(args, "--unit="+u)
	}
	if len(j.Units) == 0 {
		args = append(args, "SYSLOG_FACILITY=2") // mail (RFC 5424 section 6.2.1)
	}
	return args
}

// Run follows until ctx ends. Each time the child is started Opened asks for the cursor behind which to go on; a child that
// ends is started again.
func (j *Journal) Run(ctx context.Context, out chan<- *Event) {
	s := newSender(out)
	retry := j.Retry
	if retry == 0 {
		retry = 5 * time.Second
	}
	said := ""
	for ctx.Err() == nil {
		l := &Log{Name: j.Name(), Journal: true}
		p, ok := s.ask(ctx, l)
		if !ok {
			return
		}
		err := j.follow(ctx, s, l, p)
		if ctx.Err() != nil {
			return
		}
		if text := fmt.Sprintf("%s ended: %v; starting it again", j.command(), err); text != said {
			said = text
			s.notice(ctx, text)
		}
		select {
		case <-time.After(retry):
		case <-ctx.Done():
		}
	}
}

func (j *Journal) command() string {
	if j.Command != "" {
		return j.Command
	}
	return "journalctl"
}

func (j *Journal) follow(ctx context.Context, s sender, l *Log, p Place) error {
	c := exec.CommandContext(ctx, j.command(), j.args(p.Cursor)...)
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	var errs bytes.Buffer
	c.Stderr = &limited{&errs, 400}
	stdout, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	err = s.lines(ctx, l, &p, stdout)
	if wait := c.Wait(); wait != nil && err == nil {
		err = wait
	}
	if text := strings.TrimSpace(errs.String()); text != "" {
		return fmt.Errorf("%s", strings.ReplaceAll(text, "\n", " "))
	}
	return err
}

// limited keeps the beginning of what is written.
type limited struct {
	b    *bytes.Buffer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	n := min(len(p), l.left)
	l.b.Write(p[:n])
	l.left -= n
	return len(p), nil
}
