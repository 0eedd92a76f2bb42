package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// command is a program to run.
type command struct {
	args  []string
	stdin io.Reader
}

// run is what it took.
type run struct {
	wall time.Duration
	cpu  time.Duration // of all threads: what a busy machine disturbs less
	rss  int64         // peak, in KiB
}

func (b *bench) bouncelog(args ...string) command {
	return command{args: append([]string{b.program, "--config", os.DevNull, "--timezone", "UTC"}, args...)}
}

func (c command) do() (*run, error) {
	cmd := exec.Command(c.args[0], c.args[1:]...)
	cmd.Stdin = c.stdin
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(c.args, " "), err, stderr.Bytes())
	}
	r := &run{wall: time.Since(start), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		r.rss = u.Maxrss
	}
	return r, nil
}

// best is the fastest of several runs.
func best(times int, c command) (*run, error) {
	note("%s", strings.Join(c.args, " "))
	var fastest *run
	for range times {
		r, err := c.do()
		if err != nil {
			return nil, err
		}
		if fastest == nil || r.wall < fastest.wall {
			fastest = r
		}
	}
	return fastest, nil
}

// installed finds a peer also where only root looks for programs.
func installed(args []string) (command, bool) {
	for _, name := range []string{args[0], "/usr/sbin/" + args[0]} {
		if path, err := exec.LookPath(name); err == nil {
			return command{args: append([]string{path}, args[1:]...)}, true
		}
	}
	return command{}, false
}

func (r *run) memory() string { return fmt.Sprintf("%d MB", r.rss/1024) }

func (r *run) rate(mb float64) string {
	return fmt.Sprintf("%.1f MB/s (%.1f s, CPU %.1f s)", mb/r.wall.Seconds(), r.wall.Seconds(), r.cpu.Seconds())
}

func megabytes(name string) float64 {
	st, err := os.Stat(name)
	if err != nil {
		return 0
	}
	return float64(st.Size()) / 1e6
}

func removeDatabase(db string) {
	for _, end := range []string{"", "-wal", "-shm", "-journal", ".lock"} {
		os.Remove(db + end)
	}
}

// sample is a message to ask for.
type sample struct{ queueID, messageID, sender, recipient string }

var (
	eximBounce    = regexp.MustCompile(`(?m)^\S+ \S+ (\S+) \*\* (\S+@\S+) R=`)
	postfixBounce = regexp.MustCompile(`(?m): ([0-9A-Za-z]+): to=<([^>]+)>, .*status=bounced`)
)

// sampleOf finds a message that bounced in the middle of a log.
func sampleOf(name string) (*sample, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	text := make([]byte, min(st.Size(), 4<<20))
	if _, err := f.ReadAt(text, (st.Size()-int64(len(text)))/2); err != nil {
		return nil, err
	}
	if m := eximBounce.FindSubmatch(text[len(text)/2:]); m != nil {
		return &sample{queueID: string(m[1]), recipient: string(m[2])}, nil
	}
	for _, m := range postfixBounce.FindAllSubmatch(text[len(text)/2:], -1) {
		id := regexp.QuoteMeta(string(m[1]))
		message := regexp.MustCompile(id + `: message-id=<([^>]+)>`).FindSubmatch(text)
		sender := regexp.MustCompile(id + `: from=<([^>]+)>`).FindSubmatch(text)
		if message != nil && sender != nil {
			return &sample{string(m[1]), string(message[1]), string(sender[1]), string(m[2])}, nil
		}
	}
	return nil, fmt.Errorf("%s holds no message that bounced", name)
}

func note(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

func cpuModel() string { return field("/proc/cpuinfo", "model name") }

func memory() string { return field("/proc/meminfo", "MemTotal") }

func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Fields(string(b))[0]
}

// field is the value of a line "name : value" of a file of the system.
func field(file, name string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return name + " unknown"
	}
	for line := range strings.Lines(string(b)) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == name {
			return strings.TrimSpace(v)
		}
	}
	return name + " unknown"
}
