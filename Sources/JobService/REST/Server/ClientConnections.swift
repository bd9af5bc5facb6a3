import Concurrency
import Glibc
import Metrics
import NIOCore
import NIOHTTPTypes
import Platform
import Synchronization

/// The open connections of the REST API's clients, and which of them goes when more come than there may be.
final class ClientConnections: Sendable {
    private let table: Mutex<ConnectionTable<any Channel>>
    private let proxies: [IPNetwork]

    /// Keeps so many connections.
    ///
    /// - Parameters:
    ///   - most: The most in all.
    ///   - mostPerAddress: The most of one address; of IPv6, of one network.
    ///   - proxies: Whose connections are many clients', and so are counted in all only.
    init(most: Int, mostPerAddress: Int, proxies: [IPNetwork]) {
        table = Mutex(ConnectionTable(most: most, mostPerAddress: mostPerAddress))
        self.proxies = proxies
        // Known from now on, although nothing was cut yet.
        _ = Self.cut
    }

    /// How many there are.
    var count: Int { table.withLock { $0.count } }

    /// Takes a new one in, in place of the one that has been quiet the longest if there are too many; nil when all are busy.
    fileprivate func admit(_ channel: any Channel) -> UInt64? {
        let peer = channel.remoteAddress?.ipAddress.flatMap { IPAddress($0)?.unmapped }
        let address = peer.flatMap { peer in proxies.contains { $0.contains(peer) } ? nil : peer.site }
        switch table.withLock({ $0.admit(channel, from: address) }) {
        case .admitted(let number, let closing):
            if let closing { Self.close(closing, .crowded) }
            return number
        case .refused: return nil
        }
    }

    fileprivate func noteBusy(_ number: UInt64) {
        table.withLock { $0.noteBusy(number) }
    }

    fileprivate func noteQuiet(_ number: UInt64) {
        table.withLock { $0.noteQuiet(number) }
    }

    fileprivate func remove(_ number: UInt64) {
        table.withLock { $0.remove(number) }
    }

    /// Closes the one that has been quiet the longest, as the process can open no more.
    fileprivate func makeRoom() {
        if let channel = table.withLock({ $0.closeQuietest() }) { Self.close(channel, .crowded) }
    }

    /// Why a connection is closed before its client or the server is done with it.
    enum Reason: String, CaseIterable {
        /// More came than there may be, and it had been quiet the longest; or all others were busy.
        case crowded
        /// Its client did not send a request in time.
        case silent
        /// Its client does not read.
        case slow
    }

    private static let cut = Dictionary(
        uniqueKeysWithValues: Reason.allCases.map { ($0, Counter(.httpConnectionsCut, [("reason", $0.rawValue)])) }
    )

    /// Closes a connection, and counts why.
    static func close(_ channel: any Channel, _ reason: Reason) {
        cut[reason]?.increment()
        channel.close(promise: nil)
    }
}

/// Tells ``ClientConnections`` of a connection: when it begins and ends, and whose turn it is.
///
/// Used on its channel's event loop only.
final class TurnHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let connections: ClientConnections
    private let wire: any ChannelHandler & RemovableChannelHandler
    private var number: UInt64?
    /// Requests that came as a whole, less those that were answered; below zero while one was answered before it had come.
    private var owed = 0

    /// - Parameter wire: Stands next to the socket for as long as the connection lasts.
    init(_ connections: ClientConnections, wire: any ChannelHandler & RemovableChannelHandler) {
        self.connections = connections
        self.wire = wire
    }

    func handlerAdded(context: ChannelHandlerContext) {
        try? context.pipeline.syncOperations.addHandler(wire, position: .first)
        number = connections.admit(context.channel)
        if context.channel.isActive { closeIfRefused(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        closeIfRefused(context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .end = unwrapInboundIn(data) { count(1) }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { count(-1) }
        context.write(data, promise: promise)
    }

    func channelInactive(context: ChannelHandlerContext) {
        remove()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        remove()
    }

    private func count(_ change: Int) {
        let wasBusy = owed > 0
        owed += change
        guard let number, wasBusy != (owed > 0) else { return }
        if wasBusy { connections.noteQuiet(number) } else { connections.noteBusy(number) }
    }

    private func closeIfRefused(_ context: ChannelHandlerContext) {
        if number == nil { ClientConnections.close(context.channel, .crowded) }
    }

    private func remove() {
        if let number { connections.remove(number) }
    }
}

/// Keeps the server accepting after a connection could not be: one that had gone already, or for which the process has no descriptor left.
/// Stands first in the server's own channel, so that what the others hear of as its end never reaches them.
final class AcceptGuard: ChannelInboundHandler {
    typealias InboundIn = Any

    /// How long nothing is accepted while there are no descriptors: the system would say so again and again.
    private static let pause = TimeAmount.milliseconds(20)
    private static let transient: Set<CInt> = [ECONNABORTED, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPROTO, EPERM]

    private let connections: ClientConnections

    init(_ connections: ClientConnections) {
        self.connections = connections
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let failure = error as? IOError, Self.transient.contains(failure.errnoCode) else {
            return context.fireErrorCaught(error)
        }
        guard failure.errnoCode != ECONNABORTED else { return }
        connections.makeRoom()
        let channel = context.channel
        try? channel.syncOptions?.setOption(.autoRead, value: false)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
            try? channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }
}
