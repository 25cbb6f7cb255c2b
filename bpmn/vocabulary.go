package bpmn

// knownElement reports whether BPMN 2.0 has an element of that name in its model
// namespace.
func knownElement(local string) bool {
	switch local {
	case "definitions", "import", "extension", "extensionElements", "documentation", "relationship", "source", "target",
		"process", "collaboration", "choreography", "globalChoreographyTask", "globalConversation", "globalTask",
		"globalManualTask", "globalScriptTask", "globalUserTask", "globalBusinessRuleTask", "participant",
		"participantMultiplicity", "participantAssociation", "innerParticipantRef", "outerParticipantRef",
		"participantRef", "messageFlow", "messageFlowAssociation", "messageFlowRef", "conversation", "subConversation",
		"callConversation", "conversationLink", "conversationAssociation", "correlationKey", "correlationProperty",
		"correlationPropertyRef", "correlationPropertyBinding", "correlationPropertyRetrievalExpression",
		"correlationSubscription", "messagePath", "dataPath", "innerMessageFlowRef", "outerMessageFlowRef",
		"innerConversationNodeRef", "outerConversationNodeRef", "choreographyRef", "choreographyTask", "subChoreography",
		"callChoreography", "laneSet", "lane", "childLaneSet", "flowNodeRef", "partitionElement", "incoming", "outgoing",
		"task", "userTask", "manualTask", "serviceTask", "sendTask", "receiveTask", "scriptTask", "businessRuleTask",
		"subProcess", "transaction", "adHocSubProcess", "callActivity", "startEvent", "endEvent", "intermediateCatchEvent",
		"intermediateThrowEvent", "boundaryEvent", "implicitThrowEvent", "event", "exclusiveGateway", "inclusiveGateway",
		"parallelGateway", "complexGateway", "eventBasedGateway", "sequenceFlow", "conditionExpression", "association",
		"textAnnotation", "text", "group", "category", "categoryValue", "artifact", "dataObject", "dataObjectReference",
		"dataStore", "dataStoreReference", "dataState", "dataInput", "dataOutput", "ioSpecification", "inputSet",
		"outputSet", "dataInputRefs", "dataOutputRefs", "optionalInputRefs", "optionalOutputRefs",
		"whileExecutingInputRefs", "whileExecutingOutputRefs", "inputSetRefs", "outputSetRefs", "ioBinding",
		"dataInputAssociation", "dataOutputAssociation", "sourceRef", "targetRef", "assignment", "from", "to",
		"transformation", "property", "message", "itemDefinition", "error", "escalation", "signal", "interface",
		"operation", "inMessageRef", "outMessageRef", "errorRef", "endPoint", "resource", "resourceParameter",
		"cancelEventDefinition", "compensateEventDefinition", "conditionalEventDefinition", "errorEventDefinition",
		"escalationEventDefinition", "linkEventDefinition", "messageEventDefinition", "signalEventDefinition",
		"terminateEventDefinition", "timerEventDefinition", "eventDefinition", "eventDefinitionRef", "condition",
		"timeDate", "timeDuration", "timeCycle", "expression", "formalExpression", "script", "loopCharacteristics",
		"standardLoopCharacteristics", "multiInstanceLoopCharacteristics", "loopCondition", "loopCardinality",
		"loopDataInputRef", "loopDataOutputRef", "inputDataItem", "outputDataItem", "complexBehaviorDefinition",
		"completionCondition", "activationCondition", "performer", "humanPerformer", "potentialOwner", "resourceRole",
		"resourceRef", "resourceParameterBinding", "resourceParameterRef", "resourceAssignmentExpression", "rendering",
		"auditing", "monitoring", "supportedInterfaceRef", "interfaceRef", "operationRef", "endPointRef", "supports",
		"categoryValueRef", "rootElement", "flowElement", "flowNode", "activity", "callableElement", "partnerEntity",
		"partnerRole", "conversationNode", "baseElement", "baseElementWithMixedContent", "gateway", "throwEvent",
		"catchEvent":
		return true
	}
	return false
}

// isFlowNode reports whether sequence flows may start or end at the element.
func isFlowNode(e *Element) bool {
	if e.Space != ModelNamespace {
		return false
	}
	switch e.Local {
	case "task", "userTask", "manualTask", "serviceTask", "sendTask", "receiveTask", "scriptTask", "businessRuleTask",
		"subProcess", "transaction", "adHocSubProcess", "callActivity",
		"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent", "implicitThrowEvent", "event",
		"exclusiveGateway", "inclusiveGateway", "parallelGateway", "complexGateway", "eventBasedGateway",
		"choreographyTask", "subChoreography", "callChoreography":
		return true
	}
	return false
}
