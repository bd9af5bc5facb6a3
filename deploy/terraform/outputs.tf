output "secret_arn" {
  description = "The secret with the settings of the processes, for the External Secrets operator or a script to make the Kubernetes secret of."
  value       = module.secrets.arn
}

output "kafka_brokers" {
  description = "KAFKA_BROKERS of the overlay."
  value       = module.kafka.brokers
}

output "postgres_address" {
  description = "Where PostgreSQL is, as host:port."
  value       = module.postgres.address
}

output "redis_address" {
  description = "Where Redis is, as host:port."
  value       = module.redis.address
}
