import GRPC
import NIOCore
import Testing

/// The gRPC-over-HTTP/2 protocol as the server speaks it, frame by frame.
@Suite(.timeLimit(.minutes(1))) struct ProtocolTests {
    private func answer(_ bytes: [UInt8]..., to service: ProbeService = ProbeService()) async throws
        -> RawConnection.Answer
    {
        try await withServer([service]) { address in
            let connection = try await RawConnection(address)
            for part in bytes { connection.send(part) }
            return try await connection.answer()
        }
    }

    @Test func aUnaryCallIsAnsweredByHeadDataAndTrailers() async throws {
        let message = try ProbeService.framed(3)
        let answer = try await answer(
            RawConnection.headers(RawConnection.request(ProbeService.echo)),
            RawConnection.data(message)
        )
        #expect(answer.heads.count == 2)
        #expect(answer.heads.first?[":status"] == "200")
        #expect(answer.heads.first?["content-type"] == "application/grpc")
        #expect(answer.data == message)
        #expect(answer["grpc-status"] == "0")
    }

    @Test func framesMayBeCutAnywhere() async throws {
        let message = try ProbeService.framed(50)
        var bytes = RawConnection.headers(RawConnection.request(ProbeService.echo))
        for byte in message.dropLast() { bytes += RawConnection.data([byte], endsStream: false) }
        bytes += RawConnection.data([message[message.count - 1]])
        let all = bytes
        try await withServer([ProbeService()]) { address in
            let connection = try await RawConnection(address)
            for byte in all { connection.send([byte]) }
            let answer = try await connection.answer()
            #expect(answer.data == message && answer["grpc-status"] == "0")
        }
    }

    @Test(arguments: ["text/html", "application/grpc-web", "application/json", "application/grpc+json"])
    func anotherContentTypeIsRefusedWith415(type: String) async throws {
        let answer = try await answer(
            RawConnection.headers(RawConnection.request(ProbeService.echo, [("content-type", type)]), endsStream: true)
        )
        #expect(answer[":status"] == "415" && answer["grpc-status"] != "0")
    }

    @Test func aMissingContentTypeIsRefusedWith415() async throws {
        let answer = try await answer(
            RawConnection.headers(RawConnection.request(ProbeService.echo, [("content-type", "")]), endsStream: true)
        )
        #expect(answer[":status"] == "415")
    }

    @Test func anotherMethodThanPOSTIsRefusedWith405() async throws {
        let answer = try await answer(
            RawConnection.headers(RawConnection.request(ProbeService.echo, [(":method", "GET")]), endsStream: true)
        )
        #expect(answer[":status"] == "405")
    }

    @Test(arguments: [
        ("/test.Probe/None", "The service test.Probe has no method 'None'."),
        ("/no.Service/Echo", "No service answers"),
        ("/", "No service answers"), ("/test.Probe/Echo/", "No service answers"),
    ])
    func whatDoesNotExistIsUnimplemented(path: String, message: String) async throws {
        let answer = try await answer(
            RawConnection.headers(RawConnection.request(ProbeService.echo, [(":path", path)]), endsStream: true)
        )
        #expect(answer.heads.count == 1, "trailers only")
        #expect(answer["grpc-status"] == "12")
        #expect(answer["grpc-message"]?.hasPrefix(message) == true, "\(answer)")
    }

    @Test func anUnknownEncodingIsUnimplementedAndTheKnownOnesAreListed() async throws {
        let answer = try await answer(
            RawConnection.headers(RawConnection.request(ProbeService.echo, [("grpc-encoding", "snappy")]))
        )
        #expect(answer["grpc-status"] == "12")
        #expect(answer["grpc-accept-encoding"] == "identity,gzip")
    }

    @Test func aCompressedMessageWithoutAnEncodingIsRefused() async throws {
        let answer = try await answer(
            RawConnection.headers(RawConnection.request(ProbeService.echo)),
            RawConnection.data(RawConnection.message([1, 2, 3], flag: 1))
        )
        #expect(answer["grpc-status"] == "13")
    }

    @Test(arguments: [("grpc-timeout", "soon"), ("x-bin", "?")])
    func malformedMetadataIsRefused(name: String, value: String) async throws {
        let answer = try await answer(
            RawConnection.headers(RawConnection.request(ProbeService.echo, [(name, value)]), endsStream: true)
        )
        #expect(answer["grpc-status"] == "13" && answer["grpc-message"]?.contains(name) == true)
    }

    /// The message's length alone gets the answer; not a byte of the message itself is sent.
    @Test func aTooLargeMessageIsRefusedBeforeItArrives() async throws {
        let prefix: [UInt8] = [0, 0, 64, 0, 1]
        let answer = try await answer(
            RawConnection.headers(RawConnection.request(ProbeService.echo)),
            RawConnection.data(prefix, endsStream: false)
        )
        #expect(answer["grpc-status"] == "8")
        #expect(answer["grpc-message"]?.contains("4194304") == true)
    }

    @Test func aCompressedBombIsRefused() async throws {
        let bomb = try GzipBomb.make(size: 50_000_000)
        #expect(bomb.count < 60_000)
        var bytes = RawConnection.headers(RawConnection.request(ProbeService.echo, [("grpc-encoding", "gzip")]))
        let message = RawConnection.message(bomb, flag: 1)
        for start in stride(from: 0, to: message.count, by: 16_384) {
            let part = Array(message[start..<min(start + 16_384, message.count)])
            bytes += RawConnection.data(part, endsStream: start + 16_384 >= message.count)
        }
        let answer = try await answer(bytes)
        #expect(answer["grpc-status"] == "8")
    }

    @Test(arguments: [[], [0, 0, 0, 0, 9, 1]] as [[UInt8]])
    func aMissingOrCutMessageIsRefused(bytes: [UInt8]) async throws {
        let answer = try await answer(
            RawConnection.headers(RawConnection.request(ProbeService.echo)),
            RawConnection.data(bytes)
        )
        #expect(answer["grpc-status"] == "13")
    }

    @Test func twoMessagesForAUnaryMethodAreRefused() async throws {
        let message = try ProbeService.framed(1)
        let answer = try await answer(
            RawConnection.headers(RawConnection.request(ProbeService.echo)),
            RawConnection.data(message + message)
        )
        #expect(answer["grpc-status"] == "13")
    }

    @Test func bytesThatAreNoMessageAreRefused() async throws {
        let answer = try await answer(
            RawConnection.headers(RawConnection.request(ProbeService.echo)),
            RawConnection.data(RawConnection.message([255, 255, 255, 255]))
        )
        #expect(answer["grpc-status"] == "13")
    }

    @Test(arguments: 1...16) func everyStatusTravelsWithItsTrailers(code: Int) async throws {
        let service = ProbeService { _, _, context in
            context.trailingMetadata = ["detail": "a"]
            throw GRPCError(
                code: try #require(GRPCStatus.Code(rawValue: code)),
                message: "50% ☹",
                metadata: ["more-bin": [1, 2]]
            )
        }
        let answer = try await answer(RawConnection.headers(RawConnection.request(ProbeService.custom)), to: service)
        #expect(answer.heads.count == 1, "trailers only")
        #expect(answer["grpc-status"] == "\(code)")
        #expect(answer["grpc-message"] == "50%25 %E2%98%B9")
        #expect(answer["detail"] == "a" && answer["more-bin"] == "AQI")
    }

    @Test func theTextOfOtherErrorsStaysHere() async throws {
        struct Internal: Error { let password = "secret" }
        let service = ProbeService { _, _, _ in throw Internal() }
        let answer = try await answer(RawConnection.headers(RawConnection.request(ProbeService.custom)), to: service)
        #expect(answer["grpc-status"] == "2")
        #expect(answer["grpc-message"]?.contains("secret") == false)
    }

    @Test func tooMuchMetadataIsRefused() async throws {
        let fields = (0..<100).map { ("key-\($0)", String(repeating: "x", count: 150)) }
        let block = RawConnection.request(ProbeService.echo, fields)
        var bytes = RawConnection.frame(1, flags: 1, stream: 1, Array(block.prefix(16_000)))
        bytes += RawConnection.frame(9, flags: 4, stream: 1, Array(block.dropFirst(16_000)))
        let answer = try await answer(bytes)
        #expect(answer["grpc-status"] == "8")
    }

    @Test func anAnswerBeforeTheEndOfTheRequestResetsTheRequest() async throws {
        let service = ProbeService { _, _, _ in throw GRPCError(code: .aborted, message: "enough") }
        try await withServer([service]) { address in
            let connection = try await RawConnection(address)
            connection.send(RawConnection.headers(RawConnection.request(ProbeService.custom)))
            #expect(try await connection.answer()["grpc-status"] == "10")
            let reset = await connection.nextFrame()
            #expect(reset?.type == 3 && reset?.payload == [0, 0, 0, 0])
        }
    }
}
