import Testing

/// What a mutating call answered, which `#require` cannot be handed directly.
func taken<Value>(_ value: Value?) throws -> Value {
    try #require(value)
}

/// Whether a mutating call, which `#expect` cannot compare directly, answered nothing.
func isNil<Value>(_ value: Value?) -> Bool {
    value == nil
}
