import Telemetry
import Testing

@Suite struct LogOutputTests {
    @Test(.timeLimit(.minutes(1)))
    func linesOfManyTasksStayWhole() async throws {
        let pipe = try OutputPipe()
        await withTaskGroup { group in
            for task in 0..<8 {
                group.addTask {
                    for line in 0..<250 {
                        pipe.output.write(Array("\(task) \(line) \(String(repeating: "x", count: 200))\n".utf8))
                    }
                }
            }
        }
        let lines = await pipe.finish()
        #expect(lines.count == 2_000)
        #expect(pipe.output.droppedLines == 0)
        for task in 0..<8 {
            let numbers = lines.filter { $0.hasPrefix("\(task) ") }.map { $0.split(separator: " ")[1] }
            #expect(numbers == (0..<250).map { "\($0)"[...] }, "The lines of one task keep their order.")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func aStalledReaderCostsLinesAndNotTime() async throws {
        let pipe = try OutputPipe(capacity: 10_000)
        let line = Array((String(repeating: "x", count: 999) + "\n").utf8)
        // A pipe holds 64 KiB: with nobody reading, the writing thread stands still long before the last line.
        for _ in 0..<1_000 {
            pipe.output.write(line)
        }
        let dropped = pipe.output.droppedLines
        #expect(dropped > 800)

        let lines = await pipe.finish()
        let warnings = try lines.filter { $0.hasPrefix("{") }.map { try jsonObject($0) }
        #expect(warnings.compactMap { $0["dropped"] as? Int }.reduce(0, +) == dropped)
        #expect(lines.count - warnings.count == 1_000 - dropped)
    }

    @Test(.timeLimit(.minutes(1)))
    func aNonBlockingDescriptorLosesNothing() async throws {
        let pipe = try OutputPipe()
        pipe.makeNonBlocking()
        for number in 0..<500 {
            pipe.output.write(Array("\(number) \(String(repeating: "x", count: 1_000))\n".utf8))
        }
        let lines = await pipe.finish()
        #expect(lines.count == 500)
        #expect(lines.allSatisfy { $0.utf8.count >= 1_002 })
    }

    @Test func aRefusedLineIsCounted() throws {
        let output = LogOutput(fileDescriptor: -1)
        output.write(Array("x\n".utf8))
        #expect(output.flush())
        #expect(output.droppedLines == 1)
    }

    @Test(.timeLimit(.minutes(1)))
    func flushGivesUpOnAStalledReader() async throws {
        let pipe = try OutputPipe()
        pipe.output.write([UInt8](repeating: UInt8(ascii: "x"), count: 200_000) + [UInt8(ascii: "\n")])
        #expect(!pipe.output.flush(timeout: .milliseconds(20)))
        #expect(await pipe.finish().map(\.count) == [200_000])
    }
}
