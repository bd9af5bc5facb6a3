# Pushes as many jobs as the argument says, 10 000 at a time.
require_relative 'app'

count = ARGV.fetch(0).to_i
0.step(count - 1, 10_000) do |first|
  Sidekiq::Client.push_bulk('class' => Noop, 'args' => [[]] * [10_000, count - first].min)
end
