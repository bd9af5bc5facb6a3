import Testing

/// The built executables, as an operator runs them. One stack at a time: each is eight processes.
@Suite(.serialized, .timeLimit(.minutes(5))) struct EndToEndTests {}
