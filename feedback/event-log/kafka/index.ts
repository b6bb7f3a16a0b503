export { kafkaEventLog } from './kafka-event-log.js';
export { type KafkaEventLogOptions } from './kafka-settings.js';
export { applyTopics, type TopicChange } from './kafka-topics.js';
