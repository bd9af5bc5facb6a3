import MailerHandlers
import QueueFlowWorker

@main
struct Mailer {
    static func main() async {
        await Worker.main { worker in
            worker.registerMailer()
        }
    }
}
