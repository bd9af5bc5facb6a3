extension RawSpan {
    /// The integer in network byte order at `offset`, which the caller has checked to be in range.
    func bigEndian<Integer: FixedWidthInteger & BitwiseCopyable>(_: Integer.Type, at offset: Int = 0) -> Integer {
        Integer(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: Integer.self))
    }
}
