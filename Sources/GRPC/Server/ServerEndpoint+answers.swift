/// What a server sends back.
extension ServerEndpoint {
    func submitHead(of stream: HTTP2Stream, connection: HTTP2Connection) {
        guard !stream.isHeadSubmitted else { return }
        stream.isHeadSubmitted = true
        let head = stream.call.responseHead()
        connection.fields.removeAll()
        connection.fields.add(":status", "200")
        connection.fields.add("content-type", "application/grpc")
        var hasData = true
        if case .trailers(let status, let metadata) = head.ending, !head.hasMessages, head.metadata.isEmpty {
            connection.fields.add(status)
            connection.fields.add(metadata)
            hasData = false
        } else {
            if stream.call.sendCompression == .gzip { connection.fields.add("grpc-encoding", "gzip") }
            connection.fields.add("grpc-accept-encoding", CompressionAlgorithm.acceptedNames)
            if head.metadata.invalidEntry() == nil { connection.fields.add(head.metadata) }
        }
        submit(stream: stream.id, hasData: hasData, connection: connection)
    }

    /// Answers a request that no handler will see.
    func refuse(_ refusal: RequestRefusal, stream: Int32, endsStream: Bool, connection: HTTP2Connection) {
        connection.fields.removeAll()
        connection.fields.add(":status", refusal.httpStatus)
        connection.fields.add("content-type", "application/grpc")
        if refusal.namesEncodings { connection.fields.add("grpc-accept-encoding", CompressionAlgorithm.acceptedNames) }
        connection.fields.add(refusal.status)
        submit(stream: stream, hasData: false, connection: connection)
        if !endsStream { connection.refused.insert(stream) }
    }

    private func submit(stream: Int32, hasData: Bool, connection: HTTP2Connection) {
        do throws(HTTP2Error) {
            try connection.session?.submitResponse(connection.fields, stream: stream, hasData: hasData)
        } catch {
            connection.session?.reset(stream: stream, code: .internalError)
        }
    }
}
