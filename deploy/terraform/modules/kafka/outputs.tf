output "brokers" {
  description = "The bootstrap brokers, as host:port,host:port."
  value       = aws_msk_cluster.this.bootstrap_brokers_sasl_scram
}

output "user" {
  description = "QueueFlow's account."
  value       = local.user
}
