import ArgumentParser
import Dispatch
import Formats
import Foundation

/// `queueflow top`: what goes on, on a whole terminal.
struct TopCommand: CallCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Watch jobs, queues and workers on a terminal, and act on them; ? shows the keys."
    )

    @Option(help: ArgumentHelp("How many seconds to wait before all is read anew.", valueName: "seconds"))
    var interval = 2.0
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        guard (0.2...3_600).contains(interval) else {
            throw ValidationError("--interval is \(interval); expected 0.2 to 3600 seconds")
        }
    }

    func call() async throws {
        let surroundings = Surroundings.current
        guard surroundings.terminal.asks, surroundings.terminal.showsOutput else {
            throw CommandFailure(
                .usage,
                "top needs a terminal; for a script there are jobs watch, and --watch of the lists"
            )
        }
        var client = try connection.client()
        client.timeout = min(client.timeout, .seconds(10))
        let terminal = try RawTerminal()
        defer { terminal.leave() }
        try await TopLoop(client: client, terminal: terminal, interval: .seconds(interval)).run()
    }
}

/// Brings together keys, what the server says, and the screen.
private struct TopLoop {
    let client: APIClient
    let terminal: RawTerminal
    let interval: Duration

    /// What happens.
    private enum Event: Sendable {
        case keys([UInt8])
        /// The terminal has another size, or is ours again.
        case resized(isBack: Bool)
        /// It is time to read anew.
        case due
        case read(TopReading)
        case done(message: String, isFailure: Bool)
        case opened(title: String, lines: [String])
    }

    func run() async throws {
        // None may be lost, as no view is read again before the last reading has come.
        let (events, happen) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .unbounded)
        let sources = [(SIGWINCH, false), (SIGCONT, true)].map { number, isBack in
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { happen.yield(.resized(isBack: isBack)) }
            source.activate()
            return source
        }
        defer { for source in sources { source.cancel() } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            readKeys(happen)
            group.addTask {
                while !Task.isCancelled {
                    happen.yield(.due)
                    try await Task.sleep(for: interval)
                }
            }
            var model = TopModel()
            var keys = TopKeyReader()
            var isReading = false
            draw(model)
            for await event in events {
                var actions: [TopModel.Action] = []
                switch event {
                case .keys(let bytes):
                    if bytes.isEmpty { return }
                    let height = TopScreen.bodyHeight(size.height)
                    for key in keys.read(bytes) { actions += model.press(key, height: height) }
                case .resized(let isBack): if isBack { terminal.take() }
                case .due: if !model.isPaused { actions.append(.refresh) }
                case .read(let reading):
                    isReading = false
                    // What was asked for meanwhile is another view.
                    if reading.tab != model.tab || reading.jobState != model.jobState { actions.append(.refresh) }
                    reading.put(into: &model)
                case .done(let message, let isFailure):
                    model.message = (message, isFailure)
                    actions.append(.refresh)
                case .opened(let title, let lines): model.mode = .details(title: title, lines: lines, offset: 0)
                }
                for action in actions {
                    switch action {
                    case .quit: return
                    case .refresh where isReading: break
                    case .refresh:
                        isReading = true
                        let (tab, state) = (model.tab, model.jobState)
                        group.addTask { happen.yield(.read(await TopReading.of(tab, jobState: state, client))) }
                    case .call(let call, let done): group.addTask { happen.yield(await act(call, done)) }
                    case .open(let tab, let row):
                        let width = size.width
                        group.addTask { happen.yield(await open(tab, row, width)) }
                    }
                }
                draw(model)
            }
            // The stream ends by itself only when this task is cancelled.
            throw CancellationError()
        }
    }

    /// On a thread of its own, as reading blocks; it ends with the program.
    private func readKeys(_ happen: AsyncStream<Event>.Continuation) {
        Thread.detachNewThread {
            var buffer = [UInt8](repeating: 0, count: 1_024)
            while true {
                let count = read(STDIN_FILENO, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                happen.yield(.keys(Array(buffer.prefix(max(0, count)))))
                if count <= 0 { return }
            }
        }
    }

    private var size: (width: Int, height: Int) { Terminal.size(of: STDOUT_FILENO) ?? (80, 24) }

    private func draw(_ model: TopModel) {
        let size = size
        let screen = TopScreen(
            model: model,
            address: client.address,
            now: Date(),
            width: size.width,
            height: size.height,
            hasColours: Surroundings.current.terminal.hasColours
        )
        terminal.draw(screen.lines())
    }

    private func act(_ call: APICall, _ done: String) async -> Event {
        do {
            try await client.send(call)
            return .done(message: done, isFailure: false)
        } catch {
            return .done(message: "\(error)", isFailure: true)
        }
    }

    /// All about a row, as lines.
    private func open(_ tab: TopModel.Tab, _ row: JSONValueSlice, _ width: Int) async -> Event {
        guard let noun = tab.noun else { return .opened(title: "", lines: []) }
        let text = CapturedText()
        var surroundings = Surroundings.current
        surroundings.output = text.console
        surroundings.terminal = Terminal(width: width)
        let printer = Printer(
            noun: noun,
            format: .table,
            columns: noun.usualColumns,
            times: TimeText(style: .relative, now: Date()),
            surroundings: surroundings
        )
        let title = "\(noun.name.capitalizedFirst) \(printer.name(of: row))"
        do {
            switch tab {
            case .jobs:
                let path = Noun.jobs.path(of: printer.name(of: row))
                let job = try await client.send(APICall(.get, path)).object(with: "state")
                if let why = try? await client.send(APICall(.get, path + "/explanation")).json().text("summary") {
                    text.console.line(why.printable)
                    text.console.line()
                }
                printer.print(job, with: try await JobShowing.more(job, client, printer.times))
            case .workers:
                let worker = try await client.send(APICall(.get, noun.path(of: printer.name(of: row)))).object(
                    with: "id"
                )
                printer.print(worker, with: WorkerShowing.more(worker, client, printer.times))
            default: printer.print(row)
            }
            return .opened(title: title, lines: text.lines)
        } catch {
            return .done(message: "\(error)", isFailure: true)
        }
    }
}
