package snapshot

// Process returns the process with that pid, or false.
func (s *Snapshot) Process(pid int) (Process, bool) {
	for _, p := range s.Processes {
		if p.PID == pid {
			return p, true
		}
	}
	return Process{}, false
}

// Namespace returns the namespace of that type and inode, or false.
func (s *Snapshot) Namespace(t Type, inode uint64) (Namespace, bool) {
	for _, n := range s.Namespaces {
		if n.Type == t && n.Inode == inode {
			return n, true
		}
	}
	return Namespace{}, false
}

// ParseType returns the Type of that name; false when there is none.
func ParseType(name string) (Type, bool) {
	for _, t := range Types() {
		if string(t) == name {
			return t, true
		}
	}
	return "", false
}
