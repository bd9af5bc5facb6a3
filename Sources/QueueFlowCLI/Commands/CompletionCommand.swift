import ArgumentParser

/// `queueflow completion`: what has a shell complete command lines.
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print what has a shell complete commands and options.",
        discussion: """
            bash: source <(queueflow completion bash)
            zsh: queueflow completion zsh >"${fpath[1]}/_queueflow"
            fish: queueflow completion fish >~/.config/fish/completions/queueflow.fish
            """
    )

    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash, zsh, fish
    }

    @Argument(help: "bash, zsh or fish.") var shell: Shell

    func run() {
        let script =
            switch shell {
            case .bash: QueueFlowCommand.completionScript(for: .bash)
            case .zsh: QueueFlowCommand.completionScript(for: .zsh)
            case .fish: QueueFlowCommand.completionScript(for: .fish)
            }
        Surroundings.current.output.line(script)
    }
}
