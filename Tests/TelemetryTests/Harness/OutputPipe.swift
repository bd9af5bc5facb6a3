import Dispatch
import Foundation
import Glibc
import Telemetry

/// A pipe whose writing end is a `LogOutput`'s descriptor.
final class OutputPipe: Sendable {
    let output: LogOutput

    private let readEnd: CInt
    private let writeEnd: CInt

    init(capacity: Int = 1 << 20) throws {
        var descriptors: [CInt] = [0, 0]
        guard pipe(&descriptors) == 0 else {
            throw POSIXError(.EMFILE)
        }
        (readEnd, writeEnd) = (descriptors[0], descriptors[1])
        output = LogOutput(fileDescriptor: writeEnd, capacity: capacity)
    }

    func makeNonBlocking() {
        _ = fcntl(writeEnd, F_SETFL, fcntl(writeEnd, F_GETFL) | O_NONBLOCK)
    }

    /// Waits for the lines handed over so far, closes the pipe, and returns all that went through it.
    func finish() async -> [String] {
        let reading = Task { [readEnd] in
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    let handle = FileHandle(fileDescriptor: readEnd, closeOnDealloc: true)
                    continuation.resume(returning: handle.readDataToEndOfFile())
                }
            }
        }
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [output, writeEnd] in
                output.flush(timeout: .seconds(30))
                close(writeEnd)
                continuation.resume()
            }
        }
        let text = String(decoding: await reading.value, as: UTF8.self)
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }
}

/// Reads a line as a JSON object, with a reader that is not the code under test.
func jsonObject(_ line: String) throws -> [String: Any] {
    let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
    guard let object = value as? [String: Any] else {
        throw CocoaError(.coderReadCorrupt)
    }
    return object
}
