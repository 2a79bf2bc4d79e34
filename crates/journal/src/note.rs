//! Checkpoints as signed notes (C2SP tlog-checkpoint, signed-note).
