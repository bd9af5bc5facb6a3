/// A null-terminated array of C strings, as libpq takes keywords and values.
final class CStringArray {
    private let strings: [UnsafeMutablePointer<CChar>]
    private let array: UnsafeMutablePointer<UnsafePointer<CChar>?>

    init(_ texts: [String]) {
        strings = texts.map { text in
            let bytes = text.utf8CString
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
            for (index, byte) in bytes.enumerated() { (copy + index).initialize(to: byte) }
            return copy
        }
        array = .allocate(capacity: strings.count + 1)
        for (index, string) in strings.enumerated() { (array + index).initialize(to: UnsafePointer(string)) }
        (array + strings.count).initialize(to: nil)
    }

    /// Valid as long as this object lives.
    var pointer: UnsafePointer<UnsafePointer<CChar>?> { UnsafePointer(array) }

    deinit {
        for string in strings { string.deallocate() }
        array.deallocate()
    }
}
