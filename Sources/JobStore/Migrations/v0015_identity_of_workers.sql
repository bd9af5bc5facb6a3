-- A worker's id follows from the secret that its process drew, so nothing need be kept to know it again.
alter table workers drop column secret;
