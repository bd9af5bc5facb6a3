# A job that does nothing, for Sidekiq as Debian has it. REDIS_URL names the server.
#
#   sidekiq --require ./app.rb
#
# Its two log lines a job are left out, which makes it quicker.
require 'sidekiq'

Sidekiq.configure_server do |config|
  config.redis = { url: ENV.fetch('REDIS_URL') }
  config.logger.level = Logger::WARN
end
Sidekiq.configure_client { |config| config.redis = { url: ENV.fetch('REDIS_URL') } }

class Noop
  include Sidekiq::Worker

  def perform; end
end
