import Formats

/// Cuts the jobs out of a body as it arrives: the elements of a JSON array, or the lines of NDJSON.
///
/// It looks only for where jobs begin and end. What is between is checked when the job is read, so text that is no JSON may be
/// cut anywhere, and is refused then.
struct BatchSplitter {
    /// How jobs are put together.
    enum Form: Hashable {
        /// One JSON array.
        case array
        /// One job on each line (`application/x-ndjson`); empty lines count for nothing.
        case lines
    }

    /// Why a body cannot be cut.
    enum Failure: Error, Hashable {
        /// One job has more bytes than it may.
        case jobTooLarge
        /// The body does not begin, or does not end, as a JSON array does.
        case notAnArray
        /// The body begins with a byte order mark.
        case byteOrderMark
    }

    private enum Position {
        case beforeArray
        case inArray
        case afterArray
    }

    private let form: Form
    private let maxJobBytes: Int
    private var position = Position.beforeArray
    private var job: [UInt8] = []
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    private var hasComma = false
    /// How many bytes came outside of the array.
    private var blanks = 0

    /// Cuts a body of a form.
    ///
    /// - Parameter maxJobBytes: The most bytes of one job.
    init(_ form: Form, maxJobBytes: Int) {
        self.form = form
        self.maxJobBytes = maxJobBytes
    }

    /// Takes what arrived next.
    ///
    /// - Returns: The jobs that are whole now.
    mutating func take(_ bytes: some Sequence<UInt8>) throws(Failure) -> [[UInt8]] {
        var jobs: [[UInt8]] = []
        for byte in bytes {
            let isWhole = form == .lines ? takeLineByte(byte) : try takeArrayByte(byte)
            if isWhole {
                jobs.append(job)
                job = []
            }
            guard job.count <= maxJobBytes else { throw .jobTooLarge }
        }
        return jobs
    }

    /// Ends the body.
    ///
    /// - Returns: The last job, if the body ended with it.
    mutating func finish() throws(Failure) -> [UInt8]? {
        switch form {
        case .lines: return job.allSatisfy(\.isWhitespace) ? nil : job
        case .array:
            guard position == .afterArray else { throw .notAnArray }
            return nil
        }
    }

    /// - Returns: Whether a job is whole.
    private mutating func takeLineByte(_ byte: UInt8) -> Bool {
        guard byte == UInt8(ascii: "\n") else {
            job.append(byte)
            return false
        }
        let isEmpty = job.allSatisfy(\.isWhitespace)
        if isEmpty { job = [] }
        return !isEmpty
    }

    private mutating func takeArrayByte(_ byte: UInt8) throws(Failure) -> Bool {
        switch position {
        case .inArray:
            return takeElementByte(byte)
        case .beforeArray where byte == UInt8(ascii: "["):
            position = .inArray
        case .beforeArray, .afterArray:
            blanks += 1
            // More room than a job has is not left round the array by anybody who means it.
            guard byte.isWhitespace, blanks <= maxJobBytes else {
                // Nothing else that is meant to be JSON begins with its first byte.
                throw position == .beforeArray && byte == JSONText.byteOrderMark[0] ? .byteOrderMark : .notAnArray
            }
        }
        return false
    }

    private mutating func takeElementByte(_ byte: UInt8) -> Bool {
        if isInString {
            job.append(byte)
            isInString = isEscaped || byte != UInt8(ascii: "\"")
            isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
            return false
        }
        switch byte {
        case UInt8(ascii: ",") where depth == 0:
            hasComma = true
            return true
        case UInt8(ascii: "]") where depth == 0:
            position = .afterArray
            // `[]` has no job, and `[{},]` lacks one, which is refused when it is read.
            return hasComma || !job.allSatisfy(\.isWhitespace)
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth = max(0, depth - 1)
        default: break
        }
        job.append(byte)
        return false
    }
}

extension UInt8 {
    fileprivate var isWhitespace: Bool {
        self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09
    }
}
