package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"

	"bouncelog/report"
)

const (
	spikeLimit    = time.Minute // of one run of the command
	spikeAtOnce   = 4           // commands of different spikes
	spikeWaiting  = 100         // more are not started
	spikeStderr   = 300         // bytes of what it says that are shown
	spikeGraceful = 2 * time.Second
)

func newSpikeCommand(command string, note func(string)) *spikeCommand {
	return &spikeCommand{command: command, note: note, limit: spikeLimit, slots: make(chan struct{}, spikeAtOnce), running: map[spikeKey]chan struct{}{}}
}

// run starts the command with the report on its standard input, once the one before for the same spike is done.
func (c *spikeCommand) run(k spikeKey, r *spikeReport) {
	input, err := json.Marshal(r)
	if err != nil {
		return
	}
	done := make(chan struct{})
	c.mu.Lock()
	before := c.running[k]
	if len(c.running) >= spikeWaiting && before == nil {
		c.mu.Unlock()
		c.note("the command of --on-spike is too slow: a spike was not handed to it")
		return
	}
	c.running[k] = done
	c.mu.Unlock()
	c.all.Go(func() {
		if before != nil {
			<-before
		}
		c.slots <- struct{}{}
		c.start(append(input, '\n'))
		<-c.slots
		close(done)
		c.mu.Lock()
		if c.running[k] == done {
			delete(c.running, k)
		}
		c.mu.Unlock()
	})
}

func (c *spikeCommand) start(input []byte) {
	ctx, cancel := context.WithTimeout(context.Background(), c.limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", c.command)
	cmd.Stdin = bytes.NewReader(input)
	said := beginning{left: spikeStderr}
	cmd.Stderr = &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) } // its children too
	cmd.WaitDelay = spikeGraceful
	err := cmd.Run()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("it took longer than %s", c.limit)
	}
	if err != nil {
		c.note(report.Clean(fmt.Sprintf("the command of --on-spike failed: %v: %s", err, said.b.String())))
	}
}

// wait waits for commands that still run, no longer than a moment: stopping must not hang on a command.
func (c *spikeCommand) wait() {
	done := make(chan struct{})
	go func() {
		c.all.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(spikeGraceful / 4):
	}
}

// beginning keeps the first bytes that are written.
type beginning struct {
	b    bytes.Buffer
	left int
}

func (w *beginning) Write(p []byte) (int, error) {
	n := min(len(p), w.left)
	w.b.Write(p[:n])
	w.left -= n
	return len(p), nil
}
