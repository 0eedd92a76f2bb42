package main

import (
	"net"
	"os"
	"strconv"
	"sync"
	"time"
)

// notifier tells systemd how we are (sd_notify(3)): a datagram to the socket named by the environment; nothing where there is none.
type notifier struct {
	socket   string
	interval time.Duration // between signs of life; 0: none are wanted

	mu   sync.Mutex
	last time.Time
}

func newNotifier() *notifier {
	n := &notifier{socket: os.Getenv("NOTIFY_SOCKET")}
	if pid := os.Getenv("WATCHDOG_PID"); pid == "" || pid == strconv.Itoa(os.Getpid()) {
		if us, err := strconv.ParseInt(os.Getenv("WATCHDOG_USEC"), 10, 64); err == nil {
			n.interval = time.Duration(us) * time.Microsecond / 3
		}
	}
	return n
}

// alive sends a sign of life when one is due.
func (n *notifier) alive() {
	if n.interval == 0 {
		return
	}
	n.mu.Lock()
	due := time.Since(n.last) >= n.interval
	if due {
		n.last = time.Now()
	}
	n.mu.Unlock()
	if due {
		n.send("WATCHDOG=1")
	}
}

func (n *notifier) send(state string) {
	if n.socket == "" {
		return
	}
	// A name that begins with "@" is in the abstract name space; package net knows that.
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: n.socket, Net: "unixgram"})
	if err != nil {
		return // a service manager that went away is no reason to stop
	}
	defer c.Close()
	c.Write([]byte(state))
}
