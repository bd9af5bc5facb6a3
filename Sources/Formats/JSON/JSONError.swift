/// Why a text is not the JSON that was asked for, and where.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    public enum Problem: Sendable, Hashable {
        /// The grammar asks for something else.
        case expected(String, found: String)

        /// Objects and arrays are nested more deeply than the limit.
        case tooDeep(limit: Int)

        /// A name comes twice in one object.
        case duplicateName(String)
    }

    /// What is wrong.
    public let problem: Problem

    /// Where: the number of bytes before the place.
    public let offset: Int

    /// Where: the line, counted from 1 and ended by a line feed.
    public let line: Int

    /// Where: the column, in Unicode scalars, counted from 1.
    public let column: Int

    /// A sentence that names the place and what belongs there.
    public var description: String {
        let place = "line \(line), column \(column) (byte \(offset))"
        return switch problem {
        case .expected(let expected, let found): "\(place): expected \(expected), found \(found)"
        case .tooDeep(let limit): "\(place): objects and arrays are nested more than \(limit) deep"
        case .duplicateName(let name): "\(place): the name \"\(name)\" comes a second time in the same object"
        }
    }

    /// Creates an error about a place in a document.
    ///
    /// - Parameters:
    ///   - problem: What is wrong.
    ///   - offset: The number of bytes before the place.
    ///   - document: The whole text, from which the line and column are counted.
    init(_ problem: Problem, at offset: Int, in document: UnsafeBufferPointer<UInt8>) {
        self.problem = problem
        self.offset = offset
        var line = 1
        var column = 1
        for byte in document[..<offset] {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if !UTF8.isContinuation(byte) {
                column += 1
            }
        }
        self.line = line
        self.column = column
    }
}
